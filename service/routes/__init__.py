"""The HTTP routes, plain ones: each reads a request, asks, and writes an answer."""
