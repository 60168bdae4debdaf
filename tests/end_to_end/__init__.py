"""The running service against a real FHIR server, from the hook call to the suggested order."""
