"""A real PostgreSQL for the tests: its server, the fixtures around it, and tests of both."""
