"""FHIR in, patient facts and draft orders out; suggested orders in, FHIR out."""
