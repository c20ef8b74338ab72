"""Shapes: each reads a node into a typed value and writes the same demand as JSON Schema, so that the two agree.

What a file of a kind holds is declared in `kinds`, from these shapes.
"""
