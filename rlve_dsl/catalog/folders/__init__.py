"""A built catalog as a folder: its layout, building it, and opening it."""
