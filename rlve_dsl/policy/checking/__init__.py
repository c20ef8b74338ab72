"""Whether the names and types of a policy fit together."""
