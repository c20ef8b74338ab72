"""The clauses of a policy in English."""
