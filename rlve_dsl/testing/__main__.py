"""`python -m rlve_dsl.testing MODULE PLUGIN FILE`: what a plugin's primitives give, as JSON in FILE. `check_plugin` runs it."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

from rlve_dsl.plugins import plugin_module
from rlve_dsl.testing.processes import results_of

named, path, answer = sys.argv[1:]
results = results_of(import_module(named) if named else plugin_module(path))
Path(answer).write_text(json.dumps(results), encoding="utf-8")
