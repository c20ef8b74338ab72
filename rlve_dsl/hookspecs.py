"""The mark of a hook: `@hookimpl` stands above each function by which a plugin gives primitives.

The hooks are the table in `rlve_dsl/plugins/hooks.py`. A plugin is a module or an object with some of these functions. An entry
point of the group `rlve_dsl` announces the plugin of an installed package.
"""

from __future__ import annotations

import pluggy

from rlve_dsl.packaged import PLUGIN_GROUP

PROJECT = PLUGIN_GROUP
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
