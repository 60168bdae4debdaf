"""The store and what stands in front of it, on every kind of database."""
