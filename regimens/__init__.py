"""The clinical domain of vitamin B12 therapy, free of any framework, FHIR, HTTP, clock or log."""
