"""The rows of CDS Hooks that bind a service, each with the tests that prove it."""
