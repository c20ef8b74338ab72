"""Which primitives of plugins a file uses, and who brings them: a part of what identifies a scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from hashlib import sha256

from rlve_dsl import files
from rlve_dsl.expressions import called_in, called_in_template
from rlve_dsl.files import Loaded
from rlve_dsl.hookspecs import PROJECT
from rlve_dsl.plugins import Registry, Used

_FUNCTIONS = ("rlve_functions", "rlve_measures")
_HOLE = re.compile(r"\{[^{}]*\}")


def used_by(loaded: Loaded, registry: Registry, domain: files.Domain | None = None) -> tuple[Used, ...]:
    """The primitives of plugins that a file uses: those of Python, and those that Domain files of their packages declare.

    A tool counts if a pattern of the file matches it, and an entity if such a tool changes it, or the file makes or reads it. Of a
    Domain file all entities count.

    Args:
        loaded: The file.
        registry: All primitives.
        domain: The domain that the file names.
    """
    return tuple(sorted({*_of_python(loaded, registry), *_of_domains(loaded.spec, registry, domain)}))


def _of_python(loaded: Loaded, registry: Registry) -> Iterator[Used]:
    view = registry.view(getattr(loaded.spec, "plugins", ()))
    foreign = [(hook, name) for (hook, name), owner in view.owners.items() if owner != PROJECT]
    if not foreign:
        return
    tools = {name for text in _patterns(loaded.spec) for names in view.tools_of(text).values() for name in names}
    changed = {entity for name in tools for entity in view.tools[name].writes}
    called = _called_in(loaded, {name for hook, name in foreign if hook in _FUNCTIONS})
    for hook, name in foreign:
        written = json.dumps(name) in loaded.content
        if hook in _FUNCTIONS:
            counts = name in called
        elif hook == "rlve_tools":
            counts = name in tools
        elif hook == "rlve_entities":
            counts = written or name in changed or _reads(loaded, view.entities[name].table)
        else:
            counts = written
        if counts and (one := view.used(hook, name)) is not None:
            yield one


def _of_domains(spec: files.Kind, registry: Registry, domain: files.Domain | None) -> Iterator[Used]:
    """The entities of a Domain file, and the tools of its domain that an environment offers, where a plugin brings them."""
    declared: list[tuple[str, str, str]] = []
    if isinstance(spec, files.Domain):
        declared = [("rlve_entities", name, entity.name.span.file) for name, entity in spec.entities.items()]
    elif domain is not None:
        tools = [(domain.full_name(name), tool) for name, tool in domain.tools.items()]
        patterns = _patterns(spec)
        declared = [
            ("rlve_tools", name, tool.name.span.file)
            for name, tool in tools
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        ]
    bringers = {file: registry.bringer_of(file) for file in {file for _, _, file in declared}}
    for hook, name, file in declared:
        if (plugin := bringers[file]) is not None:
            yield Used(plugin.name, hook, name, plugin.version, plugin.digest)


def _patterns(spec: files.Kind) -> tuple[str, ...]:
    return tuple(tool.text for tool in spec.tools) if isinstance(spec, files.Environment | files.TaskSet) else ()


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


def _reads(loaded: Loaded, table: str) -> bool:
    """Whether an expression of a file has the name of a table."""
    word = re.compile(rf"\b{table}\b")
    if not word.search(loaded.content):
        return False
    for part in files.parts_of(loaded.spec):
        match part:
            case files.ExpressionText(text=text) | files.Raw(value=str(text)):
                if word.search(text):
                    return True
            case files.TemplateText(text=text):
                if any(word.search(hole) for hole in _HOLE.findall(text)):
                    return True
    return False


def digest_with(digest: str, used: tuple[Used, ...]) -> str:
    """The digest of a file together with the primitives of plugins that it uses; the same digest where it uses none."""
    return sha256("\n".join([digest, *(one.line for one in used)]).encode()).hexdigest() if used else digest
