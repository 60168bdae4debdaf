"""A real HAPI FHIR server for the tests: its launcher, its loader and its fixtures."""
