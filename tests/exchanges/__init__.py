"""Calls as real clients make them, with the answers they get."""
