"""The outside of b12-cds: HTTP, trust, settings, stores and the command line."""
