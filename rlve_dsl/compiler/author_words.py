"""Warns of words of a User file that mean no word of any fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rlve_dsl.catalog import Catalog
from rlve_dsl.compiler.conversation import FactPlan
from rlve_dsl.compiler.drawing import absent_slots, draw_world
from rlve_dsl.compiler.sample_worlds import SEEDS
from rlve_dsl.compiler.task import Task
from rlve_dsl.diagnostics import Diagnostics, did_you_mean
from rlve_dsl.expressions import EvaluationError, Segment
from rlve_dsl.files import AlsoCalled, Levels, User
from rlve_dsl.user import WordsOfFacts


def without_meaning(
    user: User, tasks: Sequence[Task], catalog: Catalog, levels: Levels
) -> tuple[list[AlsoCalled], WordsOfFacts]:
    """The entries under `words:` that mean no word of any fact of these tasks, and the words that the facts have in the files.

    The values of facts are known only in episodes. So where their words in the files do not have an entry, it is looked for
    among the words of the catalog, and last in the episodes that are begun to try the levels.
    """
    in_files = WordsOfFacts(_in_files(tasks))
    left = [entry for entry in user.words.values() if not in_files.have(_said(entry))]
    for source in (_in_catalog(tasks, catalog), _in_episodes(tasks, catalog, levels)):
        if left:
            values = WordsOfFacts(source)
            left = [entry for entry in left if not values.have_a_word_of(_said(entry))]
    return left, in_files


def warn_of_no_meaning(entry: AlsoCalled, known: WordsOfFacts, diagnostics: Diagnostics) -> None:
    """Warn of an entry that means no word of any fact; `known` are words that it could mean."""
    name = entry.name.text
    diagnostics.warning(
        "R230", f"no fact of these environments has the word `{name}`: other words for it help nobody", entry.name.span,
        label=did_you_mean(name, known.names()),
        help="name a word of a fact's `ask:` or `about:`, or an entry of the words file that a fact is about",
    )  # fmt: skip


def _said(entry: AlsoCalled) -> str:
    return entry.name.text.replace("_", " ")


def _in_files(tasks: Sequence[Task]) -> Iterator[str]:
    for task in tasks:
        for part in task.parts.values():
            for plan in part.facts:
                yield from _of_fact(plan)


def _of_fact(plan: FactPlan) -> Iterator[str]:
    yield plan.name.replace("_", " ")
    yield from plan.about_always
    yield from plan.options
    for template in (*plan.asks, *plan.says.templates()):
        yield from (part.text for part in template.parts if isinstance(part, Segment))
    if not plan.value.free:  # a fixed task has the value itself
        try:
            yield str(plan.value({}))
        except EvaluationError:
            return


def _in_catalog(tasks: Sequence[Task], catalog: Catalog) -> Iterator[str]:
    """The words of products, where any of the tasks is about them."""
    if not any(part.domain is None for task in tasks for part in task.parts.values()):
        return
    for product_type in catalog.taxonomy.types:
        yield product_type.noun
        yield from (text for text, is_name in (*product_type.short_name, *product_type.title) if not is_name)
        for attribute in product_type.attributes:
            yield attribute.name.replace("_", " ")
            yield from (text for text, is_name in attribute.says if not is_name)
            yield from attribute.about
            yield from (value.replace("_", " ") for value in attribute.values if isinstance(value, str))


def _in_episodes(tasks: Sequence[Task], catalog: Catalog, levels: Levels) -> Iterator[str]:
    """What facts say in the episodes that `check_worlds` has begun well."""
    for task in tasks:
        if any(part.domain is not None and part.domain.missing for part in task.parts.values()):
            continue
        for level in range(levels.low, levels.high + 1):
            for seed in SEEDS:
                for number, part in enumerate(draw_world(task, catalog, level, seed).parts, start=1):
                    for slot in (*part.slots, *absent_slots(part, number)):
                        yield from (segment.text for segment in (*slot.says, *(s for ask in slot.asks for s in ask)))
