"""The digest of a declaration: what decides the products and how they are found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from rlve_dsl.catalog.search.embedders import Embedder
from rlve_dsl.diagnostics import Span
from rlve_dsl.files import kinds

_REVISION = 3  # raise it when the same declaration gives other products, or they match queries otherwise


def digest_of(spec: kinds.Catalog, size: int, embedder: Embedder) -> str:
    """A SHA-256 of a declaration with its size and embedder; the lines and columns of its file make no difference."""
    content = json.dumps([_REVISION, size, embedder.name, _content(spec)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _content(value: object) -> object:
    if isinstance(value, kinds.Name | kinds.Text | kinds.TemplateText):
        return value.text
    if (names := _names(type(value))) is not None:
        return [_content(v) for name in names if not isinstance(v := getattr(value, name), Span)]
    if isinstance(value, Mapping):
        return [[key, _content(v)] for key, v in value.items()]
    if isinstance(value, tuple | list):
        return [_content(v) for v in value]
    return value


_OF_TALK = "about"  # how people talk of an attribute decides nothing of the products
_NAMES: dict[type, tuple[str, ...] | None] = {}


def _names(kind: type) -> tuple[str, ...] | None:
    """The fields of a dataclass; None for another type."""
    if kind not in _NAMES:
        _NAMES[kind] = tuple(f.name for f in fields(kind) if f.name != _OF_TALK) if is_dataclass(kind) else None
    return _NAMES[kind]
