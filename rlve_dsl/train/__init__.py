"""Training: a warm start on demonstrations, then DAPO through TRL, on episodes with real user turns.

Belongs here: everything that needs torch, and what a run is told. torch and trl are imported inside functions only.
"""
