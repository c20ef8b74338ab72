"""`kind: Collection`."""

from __future__ import annotations

from rlve_dsl.files.arguments import RawShape
from rlve_dsl.files.forms.axes import FILE_NAME
from rlve_dsl.files.kinds import Collection, Curriculum, Training
from rlve_dsl.files.paths import FilePath
from rlve_dsl.files.reader import Reader
from rlve_dsl.files.scalars import EXPRESSION, FILE_WORD, WORD, NameShape, Number
from rlve_dsl.files.shapes import Field, Given, Listed, Object, Table, into_spanless

CURRICULUM = Object(
    "a curriculum",
    {
        "promote_at": Field(Number("a pass rate", low=0, high=1), "The pass rate that opens the next level."),
        "trials": Field(Number("a number of trials", whole=True, low=1), "Outcomes at the high level that decide."),
        "window": Field(Number("a number of levels", whole=True, low=0), "How far the low level may lag the high one."),
        "start": Field(Number("a level", whole=True, low=0), "The first level."),
    },
    into_spanless(Curriculum),
)

AXIS_PATH = NameShape("an axis", rf"({FILE_WORD}\.)?{WORD}", "an axis's name, or `environment.axis` for a local one")


def _collection(given: Given, at: Reader) -> Collection:
    values = dict(given.values)
    train = values.pop("train", None)
    return Collection(**values, span=given.span, train=None if train is None else Training(train, train.span))


COLLECTION = Object(
    "a collection",
    {
        "name": FILE_NAME,
        "environments": Field(
            Listed("the environments", FilePath("an environment"), empty=False), "Its environments.", required=True
        ),
        "catalog": Field(
            FilePath("a catalog", folder=True), "What the store sells: a file or a built folder.", required=True
        ),
        "axes": Field(FilePath("axes"), "The difficulty axes.", required=True),
        "reward": Field(FilePath("a reward"), "How outcomes are rewarded.", required=True),
        "user": Field(FilePath("a user"), "Who the simulated shopper is.", required=True),
        "policy": Field(FilePath("a policy"), "The store's policy."),
        "curves": Field(Table("the curves", AXIS_PATH, EXPRESSION), "Curves that replace those of axes."),
        "levels": Field(
            Table("the levels", AXIS_PATH, Number("a level", whole=True, low=0)),
            "Axes that follow a level of their own instead of the shared one.",
        ),
        "curriculum": Field(CURRICULUM, "When the window of levels moves."),
        "train": Field(RawShape("the training settings"), "What to train with."),
    },
    _collection,
)
