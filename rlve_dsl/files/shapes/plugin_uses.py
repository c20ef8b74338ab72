"""`plugins: [rlve-tea>=0.1]`: the plugins whose names a file may use."""

from __future__ import annotations

import re

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.yaml_tree.nodes import ListNode, MapNode, Node, ScalarNode, described
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

_BOUND = r"(?:>=|<=|==|!=|~=|<|>) ?\d[\w.]*"
_PATTERN = rf"([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?) ?({_BOUND}(?: ?, ?{_BOUND})*)?"
DOC = "The plugins whose names this file may use: `[rlve-tea>=0.1]`."


@frozen
class PluginUse:
    """A plugin that a file lists: the name of its distribution, and bounds of its version such as `>=0.1` (or nothing)."""

    name: str
    bounds: str
    span: Span


def distribution_name(name: str) -> str:
    """The name of a distribution as package indexes compare it.

    >>> distribution_name("Rlve_Tea.extra")
    'rlve-tea-extra'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def plugin_use(node: Node) -> PluginUse | None:
    """A plugin that a file lists; None when the text is no name with bounds."""
    found = re.fullmatch(_PATTERN, node.text.strip()) if isinstance(node, ScalarNode) else None
    return PluginUse(found[1], (found[2] or "").replace(" ", ""), node.span) if found else None


def plugin_uses(root: MapNode) -> tuple[PluginUse, ...]:
    """The plugins that a file lists, as far as they can be read."""
    node = root.values.get("plugins")
    items = node.items if isinstance(node, ListNode) else ()
    return tuple(use for item in items if (use := plugin_use(item)) is not None)


@frozen
class _Use:
    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> PluginUse | None:
        if (use := plugin_use(node)) is None:
            at.error(
                "S106", f"{described(node)} names no plugin", node.span,
                help="write the name of a package, or the name with bounds of its version: `rlve-tea>=0.1`",
            )  # fmt: skip
            return None
        if (fault := at.vocabulary.faults.get(use.name)) is not None:
            message, help = fault
            at.error("S123", message, node.span, help=help)
        return use

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return {"type": "string", "pattern": f"^{_PATTERN}$"}


PLUGIN_USES = Listed("the plugins", _Use())
