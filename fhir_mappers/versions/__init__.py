"""What the FHIR versions spell differently: one module a version, R4 being the common shape."""
