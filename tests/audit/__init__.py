"""The audit trail as an operator and an audit repository read it."""
