"""The mark of a hook: `@hookimpl` stands above each function by which a plugin gives primitives.

The hooks are the table in `rlve_dsl/plugins/hooks.py`. A plugin is a module or an object with some of these functions. An entry
point of the group `rlve_dsl` announces the plugin of an installed package.
"""

from __future__ import annotations

import pluggy

PROJECT = "rlve_dsl"
NO_PLUGINS = "RLVE_DSL_NO_PLUGINS"
"""The environment variable that names installed plugins to leave out: `a,b`, or `all`."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
