"""Text → nodes: one YAML document, scalars as typed, every node with its place.

Nodes are composed from PyYAML's events. Problems of YAML itself (duplicate keys, tags, anchors, several documents) are
reported here. No file is opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from rlve_dsl.diagnostics import Diagnostics, Related, Span
from rlve_dsl.files.yaml_tree.nodes import ListNode, MapNode, Node, ScalarNode, Style, is_empty, quoted
from rlve_dsl.files.yaml_tree.syntax_errors import explain
from rlve_dsl.files.yaml_tree.text import SourceText, balanced

REPLACE = "!replace"
DEPTH = 50  # far above any scenario; keeps recursive readers inside Python's stack
LONGEST_LINE = 10_000
"""Characters of a line of YAML."""

_Scalar = yaml.ScalarEvent
_UNPRINTABLE = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


@dataclass(slots=True)
class _Open:
    """A collection whose end has not been reached."""

    start: Any
    flow: bool
    replaces: bool
    mapping: bool
    items: list[Node] = field(default_factory=list)
    keys: dict[str, ScalarNode] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)
    key: ScalarNode | None = None


def compose(source: SourceText, diagnostics: Diagnostics) -> Node | None:
    """The root node of the document, or None if it cannot be read; problems are added to `diagnostics`."""
    for number, line in enumerate(source.lines, start=1):
        if len(line) > LONGEST_LINE:
            message = f"a line of a file has at most {LONGEST_LINE:,} characters, and this one has {len(line):,}"
            diagnostics.error("S122", message, Span(source.file, number, 1, number, 2))
            return None
    shown = source.text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    if not shown.isprintable() and (unprintable := re.search(_UNPRINTABLE, source.text)):
        before = source.text[: unprintable.start()].splitlines() or [""]
        span = Span(source.file, len(before), len(before[-1]) + 1, len(before), len(before[-1]) + 2)
        diagnostics.error(
            "S102", f"the control character U+{ord(unprintable.group()):04X} cannot stand in a file", span
        )
        return None
    return _Composer(source, diagnostics).run()


class _Composer:
    """Builds nodes from events; `open` are the collections around the present place."""

    def __init__(self, source: SourceText, diagnostics: Diagnostics) -> None:
        self.source = source
        self.diagnostics = diagnostics
        self.open: list[_Open] = []
        self.root: Node | None = None

    def run(self) -> Node | None:
        try:
            for event in yaml.parse(self.source.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                if type(event) is _Scalar:  # most are
                    self.add(self.scalar(event))
                elif not self.take(event):
                    return None
        except yaml.MarkedYAMLError as problem:
            self.fail(problem)
            return None
        if self.root is None or is_empty(self.root):
            self.diagnostics.error("S112", "the file is empty", Span(self.source.file, 1, 1, 1, 2))
            return None
        return self.root

    def fail(self, problem: Any) -> None:
        """Report why YAML stopped, unless a tag, alias or anchor on that line was reported already."""
        mark = problem.problem_mark or problem.context_mark
        place = (self.source.file, mark.line + 1)
        here = [d for d in self.diagnostics.items if d.span and (d.span.file, d.span.line) == place]
        if any(d.code != "S114" for d in here):
            return
        # a comma that lost its quotes was reported before the rest of the value was seen: report the whole value instead
        self.diagnostics.items = [d for d in self.diagnostics.items if d not in here]
        explain(problem, self.source, self.diagnostics)

    def take(self, event: Any) -> bool:
        kind = type(event)
        if kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            if len(self.open) >= DEPTH:
                span = self.source.at(event.start_mark)
                self.diagnostics.error("S107", f"this is nested more than {DEPTH} deep", span)
                return False
            mapping, flow = kind is yaml.MappingStartEvent, bool(event.flow_style)
            self.open.append(_Open(event.start_mark, flow, self.replaces(event), mapping))
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            done = self.open.pop()
            self.add(self.collection(done, event.end_mark))
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)
            self.add(ScalarNode(f"*{event.anchor}", self.source.at(event.start_mark), "quoted"))
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            span = self.source.at(event.start_mark, 3)
            self.diagnostics.error("S113", "a file holds one document, and here begins a second", span)
            return False
        return True

    def alias(self, event: Any) -> None:
        span = self.source.at(event.start_mark, len(event.anchor) + 1)
        self.diagnostics.error(
            "S111", f"`*{event.anchor}` is an alias of YAML, which scenarios do not use", span,
            label="an expression that begins with `*` is quoted",
        )  # fmt: skip

    def replaces(self, event: Any) -> bool:
        if event.anchor is not None:
            span = self.source.at(event.start_mark, len(event.anchor) + 1)
            self.diagnostics.error(
                "S111", f"`&{event.anchor}` is an anchor of YAML, which scenarios do not use", span,
                help="share by `extends`, or quote a text that begins with `&`",
            )  # fmt: skip
        if event.tag is None or event.tag == REPLACE:
            return event.tag is not None
        written = re.match(r"\S+", self.source.line(event.start_mark.line + 1)[event.start_mark.column :])
        word = written.group() if written else str(event.tag)
        self.diagnostics.error(
            "S110", f"unknown tag `{word}`", self.source.at(event.start_mark, len(word)),
            help="the only tag is `!replace`; a text or expression that begins with `!` is quoted",
        )  # fmt: skip
        return False

    def scalar(self, event: Any) -> ScalarNode:
        start, end, file = event.start_mark, event.end_mark, self.source.file
        line, end_line, replaces = start.line + 1, end.line + 1, False
        if not event.style and line == end_line and event.tag is None and event.anchor is None:  # most are plain
            return ScalarNode(event.value, Span(file, line, start.column + 1, line, end.column + 1))
        if event.tag is not None or event.anchor is not None:
            replaces = self.replaces(event)
            start = _after_properties(self.source, start, end)
        style: Style
        if event.style in ("|", ">"):
            style = "block" if event.style == "|" else "folded"
            span = self.block_span(start, event.value)
            if style == "folded":
                span = replace(span, pieces=self.pieces(event.value, span.line, len(self.source.lines), 1))
            return ScalarNode(event.value.rstrip("\n"), span, style, replaces)
        if event.style in ("'", '"'):
            style, inset = "quoted", 1
        else:
            style, inset = "plain", 0
        span = Span(file, start.line + 1, start.column + 1 + inset, end_line, end.column + 1 - inset)
        if end.line > start.line:
            span = replace(span, pieces=self.pieces(event.value, span.line, span.end_line, span.column))
        return ScalarNode(event.value, span, style, replaces)

    def pieces(self, text: str, first: int, last: int, column: int) -> tuple[tuple[int, int, int, int], ...]:
        """Where the lines of the source stand in the text that was folded from them; nothing where they differ (escapes).

        Args:
            text: The text.
            first: The number of the first line.
            last: The number of the last line that it may reach.
            column: The column on the first line with which it begins.
        """
        found: list[tuple[int, int, int, int]] = []
        done, whole = len(text) - len(text.lstrip()), len(text.rstrip())
        for number in range(first, last + 1):
            line = self.source.line(number)
            begin = max(len(line) - len(line.lstrip()), column - 1 if number == first else 0)
            written = line[begin:].rstrip()
            if not written:
                continue
            if done + len(written) > whole:  # the last line; a quote, comma or bracket may stand after it
                written = written[: whole - done]
            if not text.startswith(written, done):
                return ()
            found.append((done, number, begin + 1, len(written)))
            done += len(written)
            while done < whole and text[done].isspace():
                done += 1
            if done >= whole:
                return tuple(found)
        return ()

    def block_span(self, start: Any, value: str) -> Span:
        """From the first written character to the last; each line of the text begins in the span's column."""
        lines = value.rstrip("\n").split("\n")
        skipped = next((i for i, line in enumerate(lines) if line.strip()), 0)
        first = start.line + 2 + skipped
        written = self.source.line(first)
        column = len(written) - len(lines[skipped])
        if not 0 <= column or written[column:] != lines[skipped]:  # folded: lines were joined
            column = len(written) - len(written.lstrip())
        last = first + len(lines) - skipped - 1
        return Span(self.source.file, first - skipped, column + 1, last, len(self.source.line(last)) + 1)

    def collection(self, done: _Open, end_mark: Any) -> Node:
        start = done.start
        end_line, end_column = end_mark.line + 1, end_mark.column + 1
        last = next(reversed(done.values.values()) if done.mapping else reversed(done.items), None)
        if not done.flow and last is not None:
            # a block ends where its last child does, not where the next token begins
            end_line, end_column = last.span.end_line, last.span.end_column
        span = Span(self.source.file, start.line + 1, start.column + 1, end_line, end_column)
        if done.mapping:
            return MapNode(done.keys, done.values, span, done.flow, done.replaces)
        return ListNode(tuple(done.items), span, done.flow, done.replaces)

    def add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        into = self.open[-1]
        if not into.mapping:
            into.items.append(node)
        elif into.key is None:
            into.key = node if isinstance(node, ScalarNode) else self.odd_key(node)
        else:
            key, into.key = into.key, None
            self.enter(into, key, node)

    def odd_key(self, node: Node) -> ScalarNode:
        self.diagnostics.error(
            "S105", "a key is a word, not a collection", node.span,
            help="a text that begins with `{` or `[` is quoted",
        )  # fmt: skip
        return ScalarNode(f"<line {node.span.line}:{node.span.column}>", node.span)

    def enter(self, into: _Open, key: ScalarNode, value: Node) -> None:
        if into.flow and type(value) is ScalarNode and not value.text and value.style == "plain":
            previous = next(reversed(into.values), None)
            if previous is not None and self.rejoin(into, previous, key):
                return
            if ":" in key.text and key.style == "plain":
                word = key.text.partition(":")[0]
                self.diagnostics.error("S107", f"`{word}:` needs a space after its colon", key.span)
                return
        text, keys = key.text, into.keys
        if text in keys:
            first = keys[text]
            self.diagnostics.error(
                "S109", f"the key `{text}` is written twice", key.span,
                related=(Related(first.span, "first written here"),),
            )  # fmt: skip
            return
        keys[text] = key
        into.values[text] = value

    def rejoin(self, into: _Open, name: str, tail: ScalarNode) -> bool:
        """Put the parts of `{task: min(a, b)}` together again and report the missing quotes; False if this is another case."""
        head = into.values[name]
        if not isinstance(head, ScalarNode) or head.style != "plain" or head.span.line != tail.span.end_line:
            return False
        if balanced(head.text) and " " not in head.text:  # `{type: int, role}` forgot a value, not quotes
            return False
        span = Span(head.span.file, head.span.line, head.span.column, tail.span.end_line, tail.span.end_column)
        text = self.source.cut(span)
        last = self.diagnostics.items[-1] if self.diagnostics.items else None
        if last and last.code == "S114" and last.span and last.span.within(0, 0) == span.within(0, 0):
            self.diagnostics.items.pop()  # a third part: report the whole value once
        self.diagnostics.error(
            "S114", f"`{name}` lost its quotes: a comma ends a value inside braces", span,
            label=f"write `{quoted(text)}`",
        )  # fmt: skip
        into.values[name] = ScalarNode(text, span, "plain", head.replaces)
        return True


def _after_properties(source: SourceText, start: Any, end: Any) -> Any:
    """The mark after a tag and an anchor on the same line."""
    rest = source.line(start.line + 1)[start.column :]
    skipped = re.match(r"(?:[!&]\S*\s+)*", rest)
    width = skipped.end() if skipped else 0
    return yaml.Mark(start.name, start.index + width, start.line, start.column + width, None, None)  # type: ignore[arg-type]
