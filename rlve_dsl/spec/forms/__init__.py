"""The kinds' own keys, one module a kind: each declares its shape once, for reader and schema alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rlve_dsl.spec.forms.axes import AXES
from rlve_dsl.spec.forms.catalog import CATALOG
from rlve_dsl.spec.forms.collection import COLLECTION
from rlve_dsl.spec.forms.environment import ENVIRONMENT
from rlve_dsl.spec.forms.policy import POLICY
from rlve_dsl.spec.forms.reward import REWARD
from rlve_dsl.spec.forms.user import USER
from rlve_dsl.spec.paths import FilePath
from rlve_dsl.spec.reader import Reader
from rlve_dsl.spec.scalars import Choice
from rlve_dsl.spec.shapes import Field, Given, Object


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


FORMS: Mapping[str, Object] = {
    "Axes": _file("Axes", AXES),
    "Reward": _file("Reward", REWARD),
    "Catalog": _file("Catalog", CATALOG),
    "User": _file("User", USER),
    "Policy": _file("Policy", POLICY),
    "Environment": _file("Environment", ENVIRONMENT),
    "Collection": _file("Collection", COLLECTION),
}

__all__ = ["FORMS"]
