"""What mobile clients rely on: schema, operations, error codes, deep links."""
