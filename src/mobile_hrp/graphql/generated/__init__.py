"""Trusted queries as Python made for them: the second tier, between SQL and graphql-core.

``tier.GeneratedTier`` gives the data of an operation, or None where graphql-core has to answer: the
operation cannot be written as a program, or something went wrong. It words no error of its own.
Resolvers, their access rules and data loaders are the schema's; what is generated is the walk
between them. docs/adr/0013-generated-operations.md says why.
"""
