"""The beginnings of episodes: those of one group are drawn once, as a copy costs a twentieth of a draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rlve_dsl.agents.sampling.keys import EpisodeKey
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.user import MakeUser, ScriptedUser


class Beginnings:
    """Begins episodes. Of equal keys, one episode is drawn and the others are copies of it.

    A user that is not scripted may draw something of its own, so its episodes are all begun anew.

    Args:
        scenario: The scenario.
        keys: The episodes that will be begun, each as often as it occurs here.
        user: Makes the user of each episode.
    """

    def __init__(self, scenario: Scenario, keys: Iterable[EpisodeKey], user: MakeUser = ScriptedUser) -> None:
        self._scenario = scenario
        self._user = user
        self._left = Counter(keys if user is ScriptedUser else ())
        self._drawn: dict[EpisodeKey, Episode] = {}

    def prepare(self) -> None:
        """Draw all episodes now. One that cannot be drawn says why when it begins."""
        for key in self._left:
            try:
                self._drawn[key] = key.reset(self._scenario, self._user)
            except Exception:  # noqa: BLE001, S112 - it is drawn again by `begin`, which raises
                continue

    def begin(self, key: EpisodeKey) -> Episode:
        """Begin an episode."""
        drawn = self._drawn.pop(key, None) or key.reset(self._scenario, self._user)
        self._left[key] -= 1
        if self._left[key] <= 0:
            return drawn
        self._drawn[key] = drawn
        return drawn.fork()
