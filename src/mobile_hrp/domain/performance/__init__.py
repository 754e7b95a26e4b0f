"""Personal performance: rules, runs, allotment and explanations."""
