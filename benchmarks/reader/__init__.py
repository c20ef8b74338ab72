"""Training of the network by which the shopper reads messages (`rlve_dsl/user/understanding/network.py`)."""
