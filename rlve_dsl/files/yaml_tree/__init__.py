"""YAML text → a tree of nodes with their places, and the problems of YAML itself. What a key means is decided in `shapes`."""
