"""`kind: Wordings`."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.diagnostics import Span
from rlve_dsl.files.kinds.axes import FILE_NAME, FILE_NAME_DOC
from rlve_dsl.files.shapes.lists import Listed
from rlve_dsl.files.shapes.mappings import Table
from rlve_dsl.files.shapes.records import key, record
from rlve_dsl.files.shapes.texts import Name, Text
from rlve_dsl.files.shapes.words import NAME, STRING, TEXT

_WORDINGS = Listed("wordings", TEXT, empty=False)


@record("a file of kind Wordings")
class Wordings:
    """`kind: Wordings`: how the oracle words its questions, in other words than the environments use."""

    name: Name = key(FILE_NAME_DOC, FILE_NAME)
    span: Span
    environment: Name | None = key("The environment that `facts` belong to.", FILE_NAME, default=None)
    facts: Mapping[str, tuple[Text, ...]] = key(
        "Questions for facts of the environment; `{item}` is what a question is about.",
        Table("the questions", NAME, _WORDINGS),
        default_factory=dict,
    )
    general: tuple[Text, ...] = key("Questions for anything that has not been said.", _WORDINGS, default=())
    attributes: tuple[Text, ...] = key(
        "Questions about several attributes, which `{items}` names.", _WORDINGS, default=()
    )
    questions: Mapping[str, tuple[Text, ...]] = key(
        "Other wordings of whole questions.", Table("the questions", STRING, _WORDINGS), default_factory=dict
    )
    words: Mapping[str, Text] = key(
        "What attributes are called in a question.", Table("the words", NAME, TEXT), default_factory=dict
    )
