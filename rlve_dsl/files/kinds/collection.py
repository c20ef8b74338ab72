"""`kind: Collection`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC, SPAN_OF_LEVELS, Levels
from rlve_dsl.files.kinds.disturbances import DISTURBANCES, NOISES, Disturbance, Noise
from rlve_dsl.files.kinds.training import Training, TrainingShape
from rlve_dsl.files.shapes.file_reader import FileReader
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Given, Table
from rlve_dsl.files.shapes.numbers import Number
from rlve_dsl.files.shapes.paths import FilePath
from rlve_dsl.files.shapes.patterned_text import SHARE
from rlve_dsl.files.shapes.plugin_uses import DOC as PLUGINS_DOC
from rlve_dsl.files.shapes.plugin_uses import PLUGIN_USES, PluginUse
from rlve_dsl.files.shapes.records import Values, key, record
from rlve_dsl.files.shapes.shape import SchemaWriter
from rlve_dsl.files.shapes.texts import ExpressionText, Name, Reference
from rlve_dsl.files.shapes.words import EXPRESSION, FILE_WORD, WORD, Choice, NameShape
from rlve_dsl.files.yaml_tree.nodes import Node, ScalarNode
from rlve_dsl.frozen import frozen
from rlve_dsl.values import JsonObject

AXIS_PATH = NameShape("an axis", rf"({FILE_WORD}\.)?{WORD}", "an axis's name, or `environment.axis` for a local one")
LEVEL = Number("a level", whole=True, low=0)


@frozen
class OwnLevel:
    """The level that an axis follows, and the place of the axis's name."""

    level: int
    place: Span


@frozen
class _OwnLevelShape:
    """A level under the name of an axis."""

    def read(self, node: Node, at: FileReader, key: ScalarNode | None) -> OwnLevel | None:
        level = LEVEL.read(node, at, key)
        return None if level is None else OwnLevel(int(level), node.span if key is None else key.span)

    def schema(self, writer: SchemaWriter) -> JsonObject:
        return LEVEL.schema(writer)


_MOVES = ("by", "promote_at", "trials", "window", "start", "demote_at", "margin")
"""The keys of a window that moves."""


def _moves_or_not(given: Given, at: FileReader) -> Values:
    values = _without_inherited(given)
    if "fixed" in values and (others := [f"`{key}`" for key in values if key in _MOVES]):
        at.error("S119", f"with `fixed` the window of levels never moves, so leave out {', '.join(others)}", given.head)
    elif problem := Curriculum(**values).crossing:
        at.error("S106", problem, given.places["demote_at"])
    return values


def _without_inherited(given: Given) -> Values:
    """The keys without those that only a file has which this one extends: fixed levels replace a window that moves, and the
    other way round."""
    ways = [name for name in given.values if name == "fixed" or name in _MOVES]
    fixed = given.places.get("fixed")
    if fixed is None or all(given.places[name].file == fixed.file for name in ways):
        return given.values
    # where the last file writes neither, the way that was written last comes last
    last = [name for name in ways if given.places[name].file == given.span.file] or ways[-1:]
    if "fixed" not in last:
        return {name: value for name, value in given.values.items() if name != "fixed"}
    inherited = {name for name in ways if given.places[name].file != fixed.file}
    return {name: value for name, value in given.values.items() if name not in inherited}


def _fast_is_faster(given: Given, at: FileReader) -> Values:
    made = Progress(**given.values)
    if made.slow >= made.fast:
        at.error("S106", f"`slow` {made.slow:g} is not below `fast` {made.fast:g}", given.head)
    return given.values


WEIGHT = Number("a share", low=0.001, high=1)


@record("learning progress", fill=_fast_is_faster)
class Progress:
    """Draws follow learning progress: the difference of a fast and a slow moving average of the pass rates of groups."""

    fast: float = key("The weight of a group in the fast average.", WEIGHT, default=0.1)
    slow: float = key("The weight of a group in the slow average.", WEIGHT, default=0.02)
    floor: float = key("The share of draws that all have alike, whatever their progress.", WEIGHT, default=0.2)


@record("a curriculum", fill=_moves_or_not)
class Curriculum:
    """When the window of levels moves (RLVE): after `trials` outcomes at its high end, by pass rate."""

    promote_at: float = key(
        "The pass rate that opens the next level.", Number("a pass rate", low=0, high=1), default=0.9
    )
    trials: int = key(
        "Outcomes at the high level that decide.", Number("a number of trials", whole=True, low=1), default=32
    )
    window: int = key(
        "How far the low level may lag the high one.", Number("a number of levels", whole=True, low=0), default=4
    )
    start: int = key("The first level.", LEVEL, default=0)
    demote_at: float | None = key(
        "The pass rate at which the window falls back by one level; never when absent.",
        Number("a pass rate", low=0, high=1),
        default=None,
    )
    margin: float = key(
        "By how many standard errors over groups the pass rate must exceed `promote_at`, as the rollouts of a group resemble each other.",
        Number("a number of standard errors", low=0),
        default=0.0,
    )
    fixed: Levels | None = key(
        "The levels that all episodes are drawn from, instead of a window that moves.", SPAN_OF_LEVELS, default=None
    )
    by: Literal["level", "axis"] = key(
        "What has a window of its own in each environment: the level, or each axis that makes it harder.",
        Choice("what has a window", ("level", "axis")),
        default="level",
    )
    progress: Progress | None = key(
        "Environments, and levels of a window, are drawn in proportion to how much their pass rate moved lately; all are equally "
        "likely when absent.",
        default=None,
    )

    @property
    def crossing(self) -> str:
        """That the window would fall back at a pass rate that also raises it; empty when it would not.

        >>> Curriculum(promote_at=0.9, demote_at=0.95).crossing
        '`demote_at` 0.95 is not below `promote_at` 0.9: the window would rise and fall without end'
        """
        if self.demote_at is None or self.demote_at < self.promote_at:
            return ""
        values = f"`demote_at` {self.demote_at:g} is not below `promote_at` {self.promote_at:g}"
        return f"{values}: the window would rise and fall without end"

    @property
    def first_levels(self) -> Levels:
        """The levels that a run begins with."""
        return self.fixed or Levels(self.start, self.start)

    def reachable(self, highest: int) -> range:
        """The levels that a run can come to without falling back, of levels up to the highest one."""
        return range(self.first_levels.low, (self.fixed.high if self.fixed else highest) + 1)


TOKENS = Number("a number of tokens", whole=True, low=1)


@record("the limits of conversations")
class ContextLimits:
    """How long the oracle's conversation may be, in tokens, with the prompt and the tools."""

    single: int = key("Tokens in an environment.", TOKENS, default=10_000)
    chain: int = key("Tokens in a chain.", TOKENS, default=24_000)


def _with_places(given: Given, at: FileReader) -> Values:
    return {**given.values, "places": given.places}


@record("a collection", fill=_with_places)
class Collection:
    """`kind: Collection`: environments with the parts they share.

    `curves` replaces an axis's curve (`omission`, or `cart.items` for a local axis); `levels` has an axis follow a level
    of its own instead of the shared one. `places` are those of the keys that the file has.
    """

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    plugins: tuple[PluginUse, ...] = key(PLUGINS_DOC, PLUGIN_USES, default=())
    environments: tuple[Reference, ...] = key(
        "Its environments.", Listed("the environments", FilePath("an environment"), empty=False)
    )
    catalog: Reference | None = key(
        "What the store sells: a file or a built folder; nothing when absent.",
        FilePath("a catalog", folder=True),
        default=None,
    )
    axes: Reference = key("The difficulty axes.", FilePath("axes"))
    reward: Reference = key("How outcomes are rewarded.", FilePath("a reward"))
    user: Reference = key("Who the simulated shopper is.", FilePath("a user"))
    policy: Reference | None = key("The store's policy.", FilePath("a policy"), default=None)
    wordings: tuple[Reference, ...] = key(
        "How the oracle words its questions.", Listed("the wordings", FilePath("wordings")), default=()
    )
    foreign_wordings: tuple[Reference, ...] = key(
        "More wordings, which only certificates use; no episode and no demonstration depends on them.",
        Listed("the wordings", FilePath("wordings")),
        default=(),
    )
    curves: Mapping[str, ExpressionText] = key(
        "Curves that replace those of axes.", Table("the curves", AXIS_PATH, EXPRESSION), default_factory=dict
    )
    own_levels: Mapping[str, OwnLevel] = key(
        "Axes that follow a level of their own instead of the shared one.",
        Table("the levels", AXIS_PATH, _OwnLevelShape()),
        name="levels",
        default_factory=dict,
    )
    disturbances: tuple[Disturbance, ...] = key(
        "What may go wrong with calls of tools in each of its environments, beside what they say.",
        DISTURBANCES,
        default=(),
    )
    noises: tuple[Noise, ...] = key(
        "What changes the user's words in each of its environments, beside what they say.", NOISES, default=()
    )
    held_out: float | None = key(
        "The share of the catalog's products that only held-out episodes are about; nothing when absent.",
        SHARE,
        default=None,
    )
    curriculum: Curriculum = key("When the window of levels moves.", default=Curriculum())
    context: ContextLimits = key("How long conversations may be.", default=ContextLimits())
    train: Training | None = key("What to train with.", TrainingShape(), default=None)
    places: Mapping[str, Span] = field(default_factory=dict, compare=False, repr=False)

    @property
    def levels(self) -> Mapping[str, int]:
        """The level of each axis that follows one of its own."""
        return {name: own.level for name, own in self.own_levels.items()}
