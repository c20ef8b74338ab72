"""What shapes read with: the problems found so far, the texts of the files, and the known names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rlve_dsl.diagnostics import DOMAIN_HINT, PLUGIN_HINT, Diagnostics, Span, did_you_mean
from rlve_dsl.files.shapes.vocabulary import Vocabulary
from rlve_dsl.files.yaml_tree.nodes import ListNode, Node, ScalarNode, described
from rlve_dsl.files.yaml_tree.text import SourceText
from rlve_dsl.frozen import frozen


@frozen
class FileReader:
    """The reading of one file, with the files that it extends.

    `partial` accepts missing keys: the file that would supply them could not be read. With `files_must_exist` a path to
    no file is an error.
    """

    diagnostics: Diagnostics
    vocabulary: Vocabulary
    sources: Mapping[str, SourceText]
    partial: bool = False
    files_must_exist: bool = False
    extended: bool = False

    def error(self, code: str, message: str, span: Span, *, label: str = "", help: str = "") -> None:
        """Add an error."""
        self.diagnostics.error(code, message, span, label=label, help=help)

    def unexpected(self, wanted: str, node: Node, key: ScalarNode | None, help: str = "", *, label: str = "") -> None:
        """S105: the YAML is of another sort than `wanted`."""
        where = node.span if node.span.end_column > node.span.column or key is None else key.span
        subject = f"`{key.text}` takes {wanted}" if key is not None else f"expected {wanted}"
        self.error("S105", f"{subject}, found {described(node)}", where, label=label, help=help)

    def unknown(self, noun: str, given: str, known: Iterable[str], span: Span, code: str = "S118") -> None:
        """A name that is not among those known."""
        names = list(known)
        near = did_you_mean(given, names)
        listed = f"known: {', '.join(names)}" if names else ""
        hint = "" if near or code != "S118" else DOMAIN_HINT if noun == "tool" else PLUGIN_HINT
        help = self.vocabulary.brought_by(given) or "; ".join(filter(None, (listed, hint)))
        self.error(code, f"unknown {noun} `{given}`", span, label=near, help=help)

    def verbatim(self, node: ListNode) -> str | None:
        """A list of plain scalars as typed; None if it has quotes or several lines."""
        if not node.flow or node.span.line != node.span.end_line or not _plain(node):
            return None
        return self.sources[node.span.file].cut(node.span)

    def comment_after(self, node: ScalarNode) -> str:
        """The comment that follows a plain scalar on its line, with its `#`; empty if there is none."""
        source = self.sources[node.span.file]
        if node.style != "plain" or node.span.end_line not in source.lines_with_hash:
            return ""
        rest = source.line(node.span.end_line)[node.span.end_column - 1 :].strip()
        return rest if rest.startswith("#") else ""


def _plain(node: Node) -> bool:
    if isinstance(node, ScalarNode):
        return node.style == "plain"
    return isinstance(node, ListNode) and node.flow and all(_plain(item) for item in node.items)
