"""Which primitives of plugins a file uses, and who brings them: a part of what identifies a scenario."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from rlve_dsl import files
from rlve_dsl.expressions import called_in, called_in_template
from rlve_dsl.files import Loaded
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import Registry, Used

_FUNCTIONS = ("rlve_functions", "rlve_measures")


def used_by(loaded: Loaded, registry: Registry) -> tuple[Used, ...]:
    """The primitives of plugins that a file uses. A tool counts if a pattern of the file matches it."""
    view = registry.view(getattr(loaded.spec, "plugins", ()))
    foreign = [(hook, name) for (hook, name), owner in view.owners.items() if owner != PROJECT]
    if not foreign:
        return ()
    patterns = loaded.spec.tools if isinstance(loaded.spec, files.Environment) else ()
    tools = {name for pattern in patterns for names in view.tools_of(pattern.text).values() for name in names}
    called = _called_in(loaded, {name for hook, name in foreign if hook in _FUNCTIONS})
    used = [
        view.used(hook, name)
        for hook, name in foreign
        if (
            name in called
            if hook in _FUNCTIONS
            else name in tools
            if hook == "rlve_tools"
            else json.dumps(name) in loaded.content
        )
    ]
    return tuple(sorted(one for one in used if one is not None))


def _called_in(loaded: Loaded, names: set[str]) -> frozenset[str]:
    """Which functions the expressions of a file call."""
    if not any(re.search(rf"\b{name}\s*\(", loaded.content) for name in names):
        return frozenset()  # as in nearly all files
    found = frozenset[str]()
    for part in files.parts_of(loaded.spec):
        match part:
            case files.ExpressionText(text=text) | files.Raw(value=str(text)):
                found |= called_in(text)
            case files.TemplateText(text=text):
                found |= called_in_template(text)
    return found


def digest_with(digest: str, used: tuple[Used, ...]) -> str:
    """The digest of a file together with the primitives of plugins that it uses; the same digest where it uses none."""
    return sha256("\n".join([digest, *(one.line for one in used)]).encode()).hexdigest() if used else digest
