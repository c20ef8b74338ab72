"""The kinds' own keys, one module a kind: each declares its shape once, for reader and schema alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rlve_dsl.files.forms.axes import AXES
from rlve_dsl.files.forms.catalog import CATALOG
from rlve_dsl.files.forms.chain import CHAIN
from rlve_dsl.files.forms.collection import COLLECTION
from rlve_dsl.files.forms.environment import ENVIRONMENT
from rlve_dsl.files.forms.policy import POLICY
from rlve_dsl.files.forms.reward import REWARD
from rlve_dsl.files.forms.user import USER
from rlve_dsl.files.nodes import MapNode, Node, ScalarNode
from rlve_dsl.files.paths import FilePath
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import Choice
from rlve_dsl.files.shapes import Field, Given, Object, Schema, Shape, Sheet


def _file(kind: str, form: Object) -> Object:
    """The form with the keys that every file has."""

    def build(given: Given, at: Reader) -> Any:
        values = {name: value for name, value in given.values.items() if name not in ("kind", "extends")}
        return form.build(replace(given, values=values), at)

    fields = {
        "kind": Field(Choice("the kind", (kind,)), f"`{kind}`.", required=True),
        "extends": Field(FilePath("the file it extends"), "A file of the same kind that this one is laid over."),
        **form.fields,
    }
    return replace(form, fields=fields, build=build)


@dataclass(frozen=True, slots=True)
class OneOfTwo:
    """One of two forms of a kind, told by a key that only the first has."""

    key: str
    with_it: Object
    without: Object

    def read(self, node: Node, at: Reader, key: ScalarNode | None) -> Any:
        told = isinstance(node, MapNode) and self.key in node.values
        return (self.with_it if told else self.without).read(node, at, key)

    def schema(self, sheet: Sheet) -> Schema:
        return {
            "if": {"required": [self.key]},
            "then": self.with_it.schema(sheet),
            "else": self.without.schema(sheet),
        }


FORMS: Mapping[str, Shape] = {
    "Axes": _file("Axes", AXES),
    "Reward": _file("Reward", REWARD),
    "Catalog": _file("Catalog", CATALOG),
    "User": _file("User", USER),
    "Policy": _file("Policy", POLICY),
    "Environment": OneOfTwo("compose", _file("Environment", CHAIN), _file("Environment", ENVIRONMENT)),
    "Collection": _file("Collection", COLLECTION),
}

__all__ = ["FORMS"]
