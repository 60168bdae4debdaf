"""Example patients of our own making, and the small FHIR server that shows them in a demo."""
