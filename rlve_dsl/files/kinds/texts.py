"""What an author wrote, as it was written: names, words, templates, expressions, paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rlve_dsl.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the author gives or refers to."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Text:
    """Words shown as they are."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class TemplateText:
    """Words with `{expression}` in them."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class ExpressionText:
    """An expression as the author spelt it; `span` covers the scalar's content, without its quotes."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class BlockText:
    """Text of a `|` block: line `i` of `text` begins in line `span.line + i` of the file, in column `span.column`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A path to another file, relative to the file that wrote it; `path` is resolved."""

    text: str
    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class Raw:
    """YAML whose meaning a primitive's signature decides (a sampler's arguments); read with `rlve_dsl.files.arguments`.

    `value` is a scalar's source text, a tuple of Raw, or a mapping from key to Raw; `key_spans` are the keys' own.
    """

    value: str | tuple[Raw, ...] | Mapping[str, Raw]
    span: Span
    key_spans: Mapping[str, Span] = field(default_factory=dict)
