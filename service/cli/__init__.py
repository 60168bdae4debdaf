"""The command line, `b12-cds`."""
