"""Whole charts of others, read as they are."""
