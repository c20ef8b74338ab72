"""Catalog files: checking them, and generating the products that they describe."""
