"""`python -m rlve_dsl.testing MODULE FILE`: what the primitives of a plugin give, as JSON. `check_plugin` runs it."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from rlve_dsl.plugins import plugin_module
from rlve_dsl.testing.processes import results_of

named, path = sys.argv[1:]
print(json.dumps(results_of(import_module(named) if named else plugin_module(path))))
