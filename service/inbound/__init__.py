"""What comes in, before anyone has looked at it."""
