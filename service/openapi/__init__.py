"""The description of all routes in OpenAPI: paths in code, the shapes of bodies as JSON Schema."""
