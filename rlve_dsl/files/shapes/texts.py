"""What an author wrote, with its place: names, texts, templates, expressions, loops, paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from rlve_dsl.diagnostics import Span
from rlve_dsl.frozen import frozen


@frozen
class Written:
    """A text and its place."""

    text: str
    span: Span


class Name(Written):
    """A name that the author gives or refers to."""

    __slots__ = ()


class Text(Written):
    """A text that is shown as it is."""

    __slots__ = ()


class TemplateText(Written):
    """A text with `{expression}` in it."""

    __slots__ = ()


class ExpressionText(Written):
    """An expression as typed; `span` covers the scalar's content, without its quotes."""

    __slots__ = ()


@frozen
class BlockText(Written):
    """Text of a `|` block: line `i` of `text` begins in line `span.line + i` of the file, in column `span.column`.

    `below` is the block that it adds to, in the file that its file extends.
    """

    below: BlockText | None = None

    @property
    def blocks(self) -> tuple[BlockText, ...]:
        """The blocks that it adds to, and itself."""
        return (*(self.below.blocks if self.below is not None else ()), self)


@frozen
class Loop:
    """`for_each: name in expression`."""

    name: Name
    over: ExpressionText
    span: Span


@frozen
class Reference:
    """A path to another file, relative to the file that wrote it; `path` is resolved."""

    text: str
    path: str
    span: Span


@frozen
class Location:
    """Where data is: a path, relative to the file that wrote it (`path` is resolved), or an address `hf://owner/name`."""

    text: str
    path: str
    span: Span


@frozen
class Raw:
    """YAML that a primitive's signature gives a meaning (the arguments of a sampler); `rlve_dsl.files.arguments` reads it.

    `value` is the text of a scalar, a tuple of Raw, or a mapping from key to Raw; `key_spans` are the places of the keys.
    """

    value: str | tuple[Raw, ...] | Mapping[str, Raw]
    span: Span
    key_spans: Mapping[str, Span] = field(default_factory=dict)
