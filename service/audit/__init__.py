"""The audit trail: what was done for whom, as an operator may have to account for it."""
