"""Plugins: the table of hooks, and the registry of all primitives, built in or from plugins.

Belongs here: loading plugins, who brings which primitive, what a file sees. Does not belong here: what primitives do.
"""

from rlve_dsl.plugins.faults import shown
from rlve_dsl.plugins.fresh import answer_of
from rlve_dsl.plugins.guard import SLOW, Guarded, NoNumber, guarded, reason_of
from rlve_dsl.plugins.hooks import HOOKS, Hook, Primitives
from rlve_dsl.plugins.kept import content_of, parts_of_package, replaced_part
from rlve_dsl.plugins.later import AgentLike, CheckLike, ProbeLike
from rlve_dsl.plugins.loading import given_plugins
from rlve_dsl.plugins.names import RESERVED, fault_of_name
from rlve_dsl.plugins.plugin import Plugin, Used, uses_as_json
from rlve_dsl.plugins.python_files import is_given, package_of, plugin_module
from rlve_dsl.plugins.registry import Registry, default_registry, forget_installed, registry, registry_with
from rlve_dsl.plugins.strict import watched_all

__all__ = [
    "HOOKS", "RESERVED", "SLOW", "AgentLike", "CheckLike", "Guarded", "Hook", "NoNumber", "Plugin", "Primitives",
    "ProbeLike", "Registry", "Used", "answer_of", "content_of", "default_registry", "fault_of_name", "forget_installed",
    "given_plugins", "guarded", "is_given", "package_of", "parts_of_package", "plugin_module", "reason_of",
    "registry", "registry_with", "replaced_part", "shown", "uses_as_json", "watched_all",
]  # fmt: skip
