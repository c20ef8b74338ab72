"""Measurements, each a command: `python -m benchmarks.NAME`. What they print depends on the machine; no test runs them."""
