"""Compiled phrasings: the ways to say one thing, by tone."""

from __future__ import annotations

from collections.abc import Mapping

from rlve_dsl.compiler.context import Context
from rlve_dsl.compiler.phrase_faults import warn_of_values, warn_of_words
from rlve_dsl.expressions import Scope, Template
from rlve_dsl.files import TONES, Phrasings, TemplateText, Tone
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream

_VALUES = "{values}"


@frozen
class Phrases:
    """The templates for each tone, at least one."""

    by_tone: Mapping[Tone, tuple[Template, ...]]

    @property
    def text(self) -> str:
        """An example, as its author wrote it."""
        return self.by_tone["plain"][0].text

    def templates(self) -> tuple[Template, ...]:
        """Every template."""
        return tuple(template for templates in self.by_tone.values() for template in templates)

    def pick(self, tone: Tone, stream: Stream, place: int) -> Template:
        """One of the templates for a tone."""
        templates = self.by_tone[tone]
        return templates[0] if len(templates) == 1 else stream.pick(templates, place)


Frames = Mapping[Tone, tuple[tuple[str, str], ...]]
"""What stands before and after the items of a list that are said together, for each tone."""


def compile_phrases(source: Phrasings | None, scope: Scope, context: Context) -> Phrases | None:
    """The compiled phrasings; None when some have errors, or there are none."""
    if source is None:
        return None
    compiled = {text: compile_words(text, scope, context) for text in source}
    by_tone = {}
    for tone in TONES:
        found = [template for text in source.of(tone) if (template := compiled[text]) is not None]
        if len(found) < len(source.of(tone)):
            return None
        by_tone[tone] = tuple(found)
    return Phrases(by_tone)


def compile_words(text: TemplateText, scope: Scope, context: Context) -> Template | None:
    """The compiled template of something that the user says; warns when it reads wrongly."""
    template = context.template(text, scope)
    if template is not None:
        warn_of_words(text, context)
        warn_of_values(text, template, context)
    return template


def compile_frames(source: Phrasings, context: Context) -> Frames | None:
    """What `says_all` says before and after `{values}`; None when a phrasing does not name it once and nothing else."""
    wrong = [text for text in source if not _is_frame(text, context)]  # all errors are reported
    if wrong:
        return None
    return {tone: tuple(_frame(text) for text in source.of(tone)) for tone in TONES}


def _is_frame(text: TemplateText, context: Context) -> bool:
    warn_of_words(text, context)
    if text.text.count(_VALUES) == 1 and not any(brace in text.text.replace(_VALUES, "") for brace in "{}"):
        return True
    context.diagnostics.error(
        "R231", "`says_all` names `{values}` once and nothing else", text.span,
        help="`each` says one item, and may read it",
    )  # fmt: skip
    return False


def _frame(text: TemplateText) -> tuple[str, str]:
    before, _, after = text.text.partition(_VALUES)
    return before, after
