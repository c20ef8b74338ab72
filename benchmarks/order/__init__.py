"""Teaches the shopper's ear in which order people write words: sentences of the corpus, the same ones spoilt, and a network."""
