"""Rules on timing, one file per rule; the tiers of one rule share a file."""
