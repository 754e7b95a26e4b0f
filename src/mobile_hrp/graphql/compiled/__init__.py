"""Trusted operations as one SQL statement each: the first tier, before Strawberry's.

``tier.CompiledTier.answer`` gives the bytes of ``data``, or None where the ordinary executor has to
answer: an operation with a field nobody mapped, an argument that is refused, a right that is
missing. A compiled answer never holds errors. docs/adr/0012-compiled-operations.md says why.
"""
