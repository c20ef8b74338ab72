"""Bare words: parts of an expression whose type is known only by what they stand beside, such as a value of an enum."""

from __future__ import annotations

from collections.abc import Iterable

from rlve_dsl.diagnostics import Diagnostics
from rlve_dsl.expressions import ast
from rlve_dsl.expressions.ast import Node
from rlve_dsl.expressions.parse import parse
from rlve_dsl.expressions.walk import Walk


def is_bare(walk: Walk, node: Node) -> bool:
    """Whether the type of a part depends on its neighbour: an unbound word, a text, a list or choice of these."""
    words = _words_of(walk, node)
    return words is not None and all(walk.type_of(word) is None for word in words)


def _words_of(walk: Walk, node: Node) -> frozenset[str] | None:
    """The words that a part is a list or choice of; None where it is something else."""
    match node:
        case ast.NameRef(name=name):
            return frozenset((name,))
        case ast.Literal(kind="text"):
            return frozenset()
        case ast.ListOfNodes(items=parts):
            return _words_of_all(walk, parts)
        case ast.Conditional(then=then, otherwise=otherwise):
            return _words_of_all(walk, (then, otherwise))
        case ast.CallNode(name=name, positional=arguments) if name in walk.scope.definitions:
            if (bare := _bare_parameters(walk, name)) is None:
                return None
            given = dict(zip(walk.scope.definitions[name].parameters, arguments, strict=False))
            return _words_of_all(walk, [given[parameter] for parameter in bare if parameter in given])
    return None


def _words_of_all(walk: Walk, parts: Iterable[Node]) -> frozenset[str] | None:
    found: set[str] = set()
    for part in parts:
        if (words := _words_of(walk, part)) is None:
            return None
        found |= words
    return frozenset(found)


def _bare_parameters(walk: Walk, name: str) -> frozenset[str] | None:
    """The parameters that must be bare words for a use of a definition to be one; None where no use is.

    It is found out once, so that definitions that use one another are each looked at once.
    """
    known = walk.log.bare_parameters
    if name not in known:
        known[name] = None  # what a definition that uses itself is
        definition = walk.scope.definitions[name]
        body = parse(definition.text, definition.span, Diagnostics())
        words = None if body is None else _words_of(walk, body)
        if words is not None:
            parameters = words.intersection(definition.parameters)
            others = words - parameters
            known[name] = None if any(word in walk.scope.names for word in others) else parameters
    return known[name]
