"""What stands where in a file: its keys and texts with their lines, for examples."""

from __future__ import annotations

from collections.abc import Iterator

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.files.yaml_tree.compose import compose
from rlve_dsl.files.yaml_tree.nodes import MapNode, Node, ScalarNode
from rlve_dsl.files.yaml_tree.text import SourceText
from rlve_dsl.frozen import frozen


@frozen
class Written:
    """A key of a file with what stands under it.

    Attributes:
        keys: The key, after those that it stands under.
        texts: The texts under it that are no mappings: its own, or those of its list.
        lines: The first and the last line of the key and its value.
        around: The first and the last line of the mapping that it stands in.
    """

    keys: tuple[str, ...]
    texts: tuple[str, ...]
    lines: tuple[int, int]
    around: tuple[int, int]


def written_in(text: str, file: str) -> Iterator[Written]:
    """Everything that is written in a file, from top to bottom; nothing of one that is no YAML."""
    root = compose(SourceText(file, text), Diagnostics())
    return iter(()) if root is None else _within(root, ())


def _within(node: Node, above: tuple[str, ...]) -> Iterator[Written]:
    if isinstance(node, MapNode):
        for name, value in node.values.items():
            lines = (node.keys[name].span.line, _last_line(value))
            yield Written((*above, name), tuple(_texts(value)), lines, (node.span.line, _last_line(node)))
            yield from _within(value, (*above, name))
    elif not isinstance(node, ScalarNode):
        for item in node.items:
            yield from _within(item, above)


def _texts(node: Node) -> Iterator[str]:
    if isinstance(node, ScalarNode):
        yield node.text
    elif not isinstance(node, MapNode):
        for item in node.items:
            yield from _texts(item)


def _last_line(node: Node) -> int:
    """The line on which the last thing in a node stands; the span of a block may end on an empty line after it."""
    if isinstance(node, ScalarNode) or node.flow:
        return node.span.end_line
    inside = list(node.values.values()) if isinstance(node, MapNode) else list(node.items)
    return max((_last_line(part) for part in inside), default=node.span.end_line)
