"""The object types of the schema, one module per subject."""
