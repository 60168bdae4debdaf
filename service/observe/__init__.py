"""What the service says about itself: events without patient data."""
