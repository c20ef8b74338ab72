"""Sampling: rollouts of a token generator, groups of them, held-out episodes and demonstrations. No torch.

Belongs here: which episodes are played, and what is kept of them. Does not belong here: models, and settings of training.
"""
