"""What the shapes read with: the problems found so far, the texts they stand in, and the words that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlve_dsl.diagnostics import Diagnostics, Span, did_you_mean
from rlve_dsl.files.nodes import ListNode, Node, ScalarNode, described
from rlve_dsl.files.source import Source
from rlve_dsl.files.vocabulary import Vocabulary


@dataclass(slots=True)
class Reader:
    """One reading of one file; a shape that adds an error returns None, and no spec is built from it.

    `partial` forgives missing keys: the file that would supply them could not be read.
    """

    diagnostics: Diagnostics
    vocabulary: Vocabulary
    sources: Mapping[str, Source]
    partial: bool = False
    missing_files: bool = False  # whether a path to no file is an error
    extended: bool = field(default=False)

    def error(self, code: str, message: str, span: Span, **more: Any) -> None:
        """Add an error; `more` holds label, related, help."""
        self.diagnostics.error(code, message, span, **more)

    def unexpected(self, wanted: str, node: Node, key: ScalarNode | None, help: str = "") -> None:
        """S105: the YAML is of another sort than `wanted`."""
        where = node.span if node.span.end_column > node.span.column or key is None else key.span
        subject = f"`{key.text}` takes {wanted}" if key is not None else f"expected {wanted}"
        self.error("S105", f"{subject}, found {described(node)}", where, help=help)

    def unknown(self, noun: str, given: str, known: Iterable[str], span: Span, code: str = "S118") -> None:
        """A name that is not among those known."""
        names = list(known)
        self.error(
            code, f"unknown {noun} `{given}`", span, label=did_you_mean(given, names),
            help=f"known: {', '.join(names)}" if names else "",
        )  # fmt: skip

    def verbatim(self, node: ListNode) -> str | None:
        """A one-line list of plain scalars exactly as typed, or None when quotes or lines stand between."""
        if not node.flow or node.span.line != node.span.end_line or not _plain(node):
            return None
        return self.sources[node.span.file].cut(node.span)

    def tail(self, node: ScalarNode) -> str:
        """The comment that follows a plain scalar on its line, with its `#`; empty when there is none."""
        source = self.sources[node.span.file]
        if node.style != "plain" or node.span.end_line not in source.commented:
            return ""
        rest = source.line(node.span.end_line)[node.span.end_column - 1 :].strip()
        return rest if rest.startswith("#") else ""


def _plain(node: Node) -> bool:
    if isinstance(node, ScalarNode):
        return node.style == "plain"
    return isinstance(node, ListNode) and node.flow and all(_plain(item) for item in node.items)
