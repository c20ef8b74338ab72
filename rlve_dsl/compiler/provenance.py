"""Which primitives of plugins a file uses, and who brings them: a part of what identifies a scenario."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from rlve_dsl import files
from rlve_dsl.files import Loaded
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import Registry, Used


def used_by(loaded: Loaded, registry: Registry) -> tuple[Used, ...]:
    """The primitives of plugins that a file uses. A tool counts if a pattern of the file matches it."""
    view = registry.view(getattr(loaded.spec, "plugins", ()))
    foreign = [(hook, name) for (hook, name), owner in view.owners.items() if owner != PROJECT]
    if not foreign:
        return ()
    patterns = loaded.spec.tools if isinstance(loaded.spec, files.Environment) else ()
    tools = {name for pattern in patterns for names in view.tools_of(pattern.text).values() for name in names}
    found = (view.used(hook, name) for hook, name in foreign if _is_used(hook, name, loaded.content, tools))
    return tuple(sorted(one for one in found if one is not None))


def _is_used(hook: str, name: str, content: str, tools: set[str]) -> bool:
    if hook in ("rlve_functions", "rlve_measures"):
        return re.search(rf"\b{name}\s*\(", content) is not None
    return name in tools if hook == "rlve_tools" else json.dumps(name) in content


def digest_with(digest: str, used: tuple[Used, ...]) -> str:
    """The digest of a file together with the primitives of plugins that it uses; the same digest where it uses none."""
    return sha256("\n".join([digest, *(one.line for one in used)]).encode()).hexdigest() if used else digest
