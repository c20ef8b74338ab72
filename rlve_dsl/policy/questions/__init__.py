"""Questions about a policy, and the facts that they give."""
