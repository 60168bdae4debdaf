"""The same patients told in every FHIR version."""
