"""A hospital that does not exist: departments, people, posts, budgets, workload; by seed."""
