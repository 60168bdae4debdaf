"""What must hold for the files around the code: locks, packaging and containers."""
