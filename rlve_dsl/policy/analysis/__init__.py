"""What is wrong with rules that can be read: conflicts, clauses that never apply, decisions without a value."""
