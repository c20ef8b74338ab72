"""Entries of the kinds of files and of their keys, from the JSON Schemas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from rlve_dsl import files
from rlve_dsl.reference.entries import Entry, Part, ends

Node: TypeAlias = Mapping[str, Any]
_TERMINAL = {"expression": "an expression", "template": "a template", "phrasings": "a text, texts, or texts by tone"}
_MANY = 4
"""So many keys with the same names are no chance."""


def key_entries() -> Iterator[Entry]:
    """The entry of each kind of file, and of each key that a file of it may have at any depth."""
    for kind in files.KINDS:
        schema = files.schema(kind)
        walk = _Walk(schema["$defs"])  # type: ignore[arg-type]
        top = walk.keys_of(schema["else"])  # type: ignore[arg-type]
        yield Entry(
            "kind",
            kind,
            f"A file with `kind: {kind}`.",
            parts_are="keys",
            parts=tuple(_parts(walk, top)),
            also=(kind.lower(),),
        )
        seen: dict[tuple[str, ...], Entry] = {}
        for path, node, needed in walk.every_key(top, (kind.lower(),)):
            keys = walk.keys_of(node)
            notes = [f"It takes {walk.words(node)}."]
            same = ".".join(walk.first_place(node, path) or ())
            if same:
                notes.append(f"Its keys are those of `{same}`.")
            if needed:
                notes.append("It is required.")
            if walk.takes_primitives(node):
                notes.append("One key more is the name of a primitive, with its arguments under it.")
            name = ".".join(path)
            if path not in seen:
                seen[path] = Entry(
                    "key", name, str(node.get("description", "")), parts_are="keys" if keys else "",
                    parts=tuple(_parts(walk, keys)), notes=tuple(notes), also=ends(path), same_as=same,
                )  # fmt: skip
        yield from seen.values()


def _parts(walk: _Walk, keys: Sequence[tuple[str, Node, bool]]) -> Iterator[Part]:
    for name, node, needed in keys:
        yield Part(name, walk.words(node), str(node.get("description", "")), needed)


class _Walk:
    """A walk through a JSON Schema with these definitions."""

    def __init__(self, definitions: Node) -> None:
        self.definitions = definitions
        self._first: dict[str, tuple[str, ...]] = {}

    def every_key(
        self, keys: Sequence[tuple[str, Node, bool]], path: tuple[str, ...]
    ) -> Iterator[tuple[tuple[str, ...], Node, bool]]:
        """Every key below these, with its path. The keys of a definition are given where it stands first."""
        for name, node, needed in keys:
            here = (*path, name)
            yield here, node, needed
            if self.first_place(node, here) is None:
                self._first.update((meaning, here) for meaning in self._meanings(node))
                yield from self.every_key(self.keys_of(node), here)

    def first_place(self, node: Node, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """The key before this one under which the same definition or the same keys stand, if there is one."""
        places = (self._first.get(meaning) for meaning in self._meanings(node))
        return next((place for place in places if place is not None and place != path), None)

    def _meanings(self, node: Node) -> list[str]:
        """What tells two keys apart that take the same: the names of definitions, and the names of their keys if these are many."""
        names = [name for name, _, _ in self.keys_of(node)]
        return [*sorted(self._named_in(node)), *([" ".join(names)] if len(names) >= _MANY else [])]

    def keys_of(self, node: Node) -> list[tuple[str, Node, bool]]:
        """The keys of the mappings that may stand here, alone or in lists and tables: name, schema, whether required."""
        mappings = list(self._mappings(node, frozenset()))
        found: dict[str, Node] = {}
        for mapping in mappings:
            for name, below in mapping["properties"].items():
                found.setdefault(name, below)
        return [(name, below, all(name in m.get("required", ()) for m in mappings)) for name, below in found.items()]

    def takes_primitives(self, node: Node) -> bool:
        """Whether a mapping that may stand here has keys that are names of primitives."""
        mappings = self._mappings(node, frozenset())
        return any("properties" in m and m.get("additionalProperties") not in (False, None) for m in mappings)

    def words(self, node: Node) -> str:
        """What may stand under a key, in words."""
        name = _name_of(node)
        if name in _TERMINAL:
            return _TERMINAL[name]
        node = self._resolved(node)
        if cases := node.get("anyOf"):
            return " or ".join(dict.fromkeys(self.words(case) for case in cases))
        if "const" in node or "enum" in node:
            return " or ".join(f"`{value}`" for value in node.get("enum", [node.get("const")]))
        if "title" in node:
            return str(node["title"])
        sort = node.get("type")
        if sort == "array":
            return f"a list, each item {self.words(node['items'])}" if "items" in node else "a list"
        if sort == "object" or "properties" in node or "if" in node:
            below = node.get("additionalProperties")
            table = isinstance(below, Mapping) and "properties" not in node
            return f"a mapping from names to {self.words(below)}" if table and below else "a mapping"
        return {"boolean": "`true` or `false`", "integer": "a whole number", "number": "a number"}.get(
            str(sort), "a text"
        )

    def _mappings(self, node: Node, above: frozenset[str]) -> Iterator[Node]:
        name = _name_of(node)
        if name in _TERMINAL or name in above:
            return
        above, node = above | ({name} if name else set()), self._resolved(node)
        if "properties" in node and "enum" not in node:
            yield node
        inner = [
            *node.get("anyOf", []),
            *(node[key] for key in ("then", "else", "items") if isinstance(node.get(key), Mapping)),
        ]
        if "properties" not in node and isinstance(node.get("additionalProperties"), Mapping):
            inner.append(node["additionalProperties"])
        for below in inner:
            yield from self._mappings(below, above)

    def _named_in(self, node: Node) -> frozenset[str]:
        """The definitions that a key refers to, directly or as an item."""
        name = _name_of(node)
        inner = [
            *node.get("anyOf", []),
            *(node[k] for k in ("items", "additionalProperties") if isinstance(node.get(k), Mapping)),
        ]
        return frozenset({name} if name and name not in _TERMINAL else ()).union(
            *(self._named_in(below) for below in inner)
        )

    def _resolved(self, node: Node) -> Node:
        name = _name_of(node)
        return self.definitions[name] if name else node


def _name_of(node: Node) -> str:
    """The definition that a node refers to, or an empty string."""
    return str(node.get("$ref", "")).removeprefix("#/$defs/").replace("%20", " ")
