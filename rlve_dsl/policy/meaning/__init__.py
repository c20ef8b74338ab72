"""What a policy says for given facts: decisions, derivations, and the same for many cases at once."""
