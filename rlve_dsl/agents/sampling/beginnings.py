"""The beginnings of episodes: those of one group are drawn once, as a copy costs a twentieth of a draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

from rlve_dsl.agents.sampling.keys import EpisodeKey
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.user import MakeUser, Role, ScriptedUser

Drawn = dict[EpisodeKey, Episode]
"""Episodes that were drawn before they begin."""


def draw_ahead(scenario: Scenario, keys: Iterable[EpisodeKey]) -> Drawn:
    """Draw an episode for each key, with a scripted user that is ready to listen.

    One that cannot be drawn is left out: it says why when it begins.
    """
    drawn: Drawn = {}
    for key in dict.fromkeys(keys):
        users: list[ScriptedUser] = []
        try:
            drawn[key] = key.reset(scenario, partial(_made, users))
        except Exception:  # noqa: BLE001, S112 - it is drawn again by `Beginnings`, which raises
            continue
        for user in users:
            user.get_ready()
    return drawn


def _made(users: list[ScriptedUser], role: Role) -> ScriptedUser:
    users.append(ScriptedUser(role))
    return users[-1]


class Beginnings:
    """Begins episodes. Of equal keys, one episode is drawn and the others are copies of it.

    A user that is not scripted may draw something of its own, so its episodes are all begun anew.

    Args:
        scenario: The scenario.
        keys: The episodes that will be begun, each as often as it occurs here.
        user: Makes the user of each episode.
        drawn: Episodes that were drawn ahead, by `draw_ahead`. Those that begin here are taken out.
    """

    def __init__(
        self,
        scenario: Scenario,
        keys: Iterable[EpisodeKey],
        user: MakeUser = ScriptedUser,
        *,
        drawn: Drawn | None = None,
    ) -> None:
        self._scenario = scenario
        self._user = user
        self._left = Counter(keys if user is ScriptedUser else ())
        self._drawn = {} if drawn is None else drawn

    def begin(self, key: EpisodeKey) -> Episode:
        """Begin an episode."""
        drawn = self._drawn.pop(key, None) or key.reset(self._scenario, self._user)
        self._left[key] -= 1
        if self._left[key] <= 0:
            return drawn
        self._drawn[key] = drawn
        return drawn.fork()
