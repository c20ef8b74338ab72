"""`kind: Reward`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC
from rlve_dsl.files.shapes.lists import NumberRange
from rlve_dsl.files.shapes.mappings import Table
from rlve_dsl.files.shapes.numbers import Number
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import key, record, shape_of
from rlve_dsl.files.shapes.texts import ExpressionText, Name
from rlve_dsl.files.shapes.words import EXPRESSION, NAME, Choice, NameShape

HardFailure = Literal["malformed_action", "illegal_call", "forbidden"]
_HARD_FAILURE = Choice("a hard failure", ("malformed_action", "illegal_call", "forbidden"))


@record("a reward term")
class Term:
    """A weighted part of the reward."""

    name: Name
    span: Span
    weight: float = key("What the term is multiplied by.", Number("a weight"))
    value: ExpressionText = key("The term's value.")


@record("a file of kind Reward")
class Reward:
    """`kind: Reward`: the weighted sum of the terms, clipped to `range`; a hard failure replaces it.

    `correct_when` decides whether an episode passes, given what its environment decided (`correct`). Without it, the
    environment decides.
    """

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    range: tuple[float, float] = key("The sum of the terms is clipped to this.", NumberRange(Number("a number")))
    let: Mapping[str, ExpressionText] = key(
        "Values that the terms share.", Table("let", NAME, EXPRESSION), default_factory=dict
    )
    terms: Mapping[str, Term] = key(
        "Weighted terms by name.", Table("the terms", NameShape("a term's name"), shape_of(Term), empty=False)
    )
    correct_when: ExpressionText | None = key(
        "When an episode passes; `correct` is what its environment says.", default=None
    )
    hard_failures: Mapping[HardFailure, float] = key(
        "The reward of an episode that ends this way, whatever the terms say.",
        Table("the hard failures", _HARD_FAILURE, Number("a reward")),
        default_factory=dict,
    )
