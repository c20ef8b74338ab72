"""Loyalty points: primitives and a scenario for rlve-dsl."""
