"""The indicator library at work: facts, versions of definitions, values, reports."""
