"""GraphQL vocabulary: types, inputs, scalars, context, data loaders, permissions, limits."""
