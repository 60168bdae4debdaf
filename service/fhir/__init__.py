"""Reading from an EHR's FHIR server: where we may go, how long, and how much."""
