"""The user that a language model speaks for: a scripted user whose sentences a model words."""

from __future__ import annotations

import copy
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from rlve_dsl.model_user.checks import is_sayable, values_of
from rlve_dsl.model_user.request import Unanswered
from rlve_dsl.model_user.service import Service
from rlve_dsl.model_user.settings import ModelSettings
from rlve_dsl.model_user.tally import Tally
from rlve_dsl.model_user.understanding import ModelEar
from rlve_dsl.model_user.wording import Sentence, checked, values_for, with_values, wording_request, wordings_in
from rlve_dsl.user import FactId, Heard, Role, ScriptedUser, User, Utterance, noisy

_SEEDS = (1 << 31) - 1


class ModelShopper:
    """Makes users that a model speaks for: `scenario.reset(…, user=shopper)`. One serves any number of episodes.

    Use it as a context manager, or call `close` at the end.

    Args:
        settings: Which model, and how it is used.

    Attributes:
        tally: What the model did so far.

    Raises:
        MissingExtra: When `openai` is not installed.
        UsageError: When the server's address or the file for replies cannot be used.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self.settings = settings
        self.tally = Tally()
        self._service = Service(settings)

    def __call__(self, role: Role) -> ModelUser:
        return ModelUser(role, self._service, self.tally)

    @property
    def at_once(self) -> int:
        """How many episodes should be played side by side, for the model to be used well."""
        return self.settings.at_once

    def close(self) -> None:
        """Close the connections to the server."""
        self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ModelUser:
    """A scripted user in a model's words. The scripted user decides what is said, and the model how.

    Whatever the model does, there is a reply: a sentence without a usable wording is said as the template has it.
    """

    def __init__(self, role: Role, service: Service, tally: Tally) -> None:
        self._role = role
        self._service = service
        self._tally = tally
        understands = service.settings.understands
        self._scripted: User = (
            ScriptedUser(role, partial(ModelEar, service, tally)) if understands else ScriptedUser(role)
        )
        self._replies = 0

    def respond(self, heard: Heard) -> Utterance:
        """What the scripted user says, in the model's words where these pass all checks."""
        said = self._scripted.respond(heard)
        number, self._replies = self._replies, self._replies + 1
        disclosed = {*heard.disclosed, *(slot.id for slot in said.disclosed)}
        wordings = self._wordings(said.parts, disclosed, number)
        if not any(wordings):
            return said
        sentences = [
            sentence if wording is None else with_values(wording, sentence)
            for sentence, wording in zip(said.parts, wordings, strict=True)
        ]
        role = self._role
        text = " ".join(noisy(one, role.noises, role.stream, "worded", number, n) for n, one in enumerate(sentences))
        return replace(said, text=text, source=self._service.settings.source)

    def _wordings(self, said: Sequence[Sentence], disclosed: Collection[FactId], number: int) -> list[str | None]:
        """The model's wording of each sentence; None for those that are said as the template has them."""
        worded: list[str | None] = [None] * len(said)
        places = [place for place, sentence in enumerate(said) if _has_words(sentence)]
        if not places:
            return worded
        sentences = [said[place] for place in places]
        seed = self._role.stream.child("wording", number).integer(0, _SEEDS)
        request = wording_request(sentences, self._service.settings.temperature, seed)
        try:
            wordings = wordings_in(self._service.ask(request), len(sentences))
        except Unanswered as problem:
            self._tally.said_by_template(str(problem), len(sentences))
            return worded
        values = values_for(self._role, disclosed)
        said_now = [value for sentence in said for value in values_of(sentence)]
        for place, sentence, wording in zip(places, sentences, wordings, strict=True):
            reason = checked(wording, sentence, values, said_now)
            if reason is None:
                worded[place] = wording
                self._tally.worded()
            else:
                self._tally.said_by_template(reason)
        return worded

    def fork(self) -> ModelUser:
        """A user in the same state."""
        other = copy.copy(self)
        other._scripted = self._scripted.fork()
        return other


def _has_words(sentence: Sentence) -> bool:
    """Whether a sentence has words beside its values, which could be others."""
    return any(not segment.is_value and is_sayable(segment.text) for segment in sentence)
