"""Which products fit: filters, search by meaning and by words, and embedders."""
