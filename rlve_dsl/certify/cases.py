"""Cases: the episodes that a certification looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile

from rlve_dsl.agents import Agent, ByTheRules, OracleAgent, Performance, Script, Scripted, perform, perform_script
from rlve_dsl.certify.edits import acts_otherwise, without_messages
from rlve_dsl.certify.plan import Plan
from rlve_dsl.certify.redraw import Site, redrawn, sites
from rlve_dsl.episode import Action, Episode, Malformed, Scenario
from rlve_dsl.errors import PluginFault, RlveError
from rlve_dsl.plugins import Guarded, shown

_LEVELS = 3  # at which values are drawn again


@dataclass
class Case:
    """An environment of a scenario at a level and seed. The oracle plays it once, for all checks.

    `siblings` are the cases of a block by seed, which share their plays.
    """

    scenario: Scenario
    environment: str
    level: int
    seed: int
    siblings: dict[int, Case] = field(default_factory=dict, repr=False)
    _redrawn: dict[tuple[Site, int], Performance] = field(default_factory=dict, repr=False)
    _attempts: dict[str, tuple[Performance, ...]] = field(default_factory=dict, repr=False)

    @property
    def place(self) -> tuple[str, int, int]:
        """Environment, level and seed."""
        return self.environment, self.level, self.seed

    def reset(self) -> Episode:
        """Draw a new episode of the case."""
        return self.scenario.reset(self.environment, level=self.level, seed=self.seed)

    def begin(self) -> Episode:
        """Begin a new episode of the case, which is drawn once for all who begin it."""
        return self.reset() if self.opened is None else self.opened.fork()

    @cached_property
    def opened(self) -> Episode | None:
        """A new episode of the case that nobody plays; None where it cannot be drawn."""
        try:
            return self.reset()
        except Exception:  # noqa: BLE001 - a scenario may come with any plugin; `solvable` says so
            return None

    @cached_property
    def oracle(self) -> Performance:
        """The oracle's performance."""
        return self._played[0]

    @cached_property
    def _played(self) -> tuple[Performance, tuple[str, ...]]:
        """The oracle's performance, and the messages, or ends of messages, in which it asks the user to agree to a call."""
        oracles: list[OracleAgent] = []

        def oracle(episode: Episode) -> OracleAgent:
            oracles.append(OracleAgent(episode))
            return oracles[0]

        play = self.play(oracle)
        return play, tuple(text for one in oracles for text in one.proposals)

    def play(self, agent_for: Callable[[Episode], Agent]) -> Performance:
        """Play the case with the agent that `agent_for` makes for it."""
        return perform(self.begin, agent_for)

    def attempts(self, name: str, attempt: Callable[[Case], Iterable[Performance]]) -> tuple[Performance, ...]:
        """Return the plays of the probe of this name, which are played once for all checks."""
        if name not in self._attempts:
            self._attempts[name] = tuple(_play(play, name, attempt) for play in attempt(self.for_one(attempt)))
        return self._attempts[name]

    def for_one(self, python: object) -> Case:
        """Return the case as a check or a probe looks at it: a plugin's has its own, so what it changes there nobody else sees."""
        if not isinstance(python, Guarded):
            return self
        return Case(self.scenario, self.environment, self.level, self.seed)

    def sites(self, plan: Plan) -> list[Site]:
        """Return the draws of the case that are drawn again: none but for the first seeds at a few levels."""
        if self.seed >= plan.deep_seeds or self.level not in plan.spread(_LEVELS) or self.oracle.episode is None:
            return []
        try:
            return sites(self.scenario, self.environment, self.level, self.seed)
        except RlveError:
            return []  # `solvable` says so

    def redrawn(self, site: Site, again: int) -> Case:
        """Return the case with another value drawn at one site; `again` numbers the possible values."""
        return Case(redrawn(self.scenario, self.environment, site, again), self.environment, self.level, self.seed)

    def redrawn_oracle(self, site: Site, again: int) -> Performance:
        """Return the oracle's performance in such a case, which is played once for all checks."""
        if (site, again) not in self._redrawn:
            self._redrawn[site, again] = self.redrawn(site, again).oracle
        return self._redrawn[site, again]

    def play_script(self, script: Iterable[Action | Malformed]) -> Performance:
        """Play the case by a script. As far as it is the oracle's, what the oracle did is not played again."""
        script = tuple(script)
        begin, left = self._begin_at(script)
        return perform_script(begin, left)

    def play_acting(self, script: Script) -> Performance:
        """Play the case by a script, by the rules of conduct where it acts otherwise than the oracle.

        What the oracle asks and looks up is about its own calls. A play that breaks a rule does not pass for that alone, and does
        not show whether another call would.
        """
        if not acts_otherwise(script, self.oracle):
            return self.play_script(script)
        begin, left = self._begin_at(without_messages(script, self._played[1]))
        return perform(begin, lambda episode: ByTheRules(episode, Scripted(left)))

    def _begin_at(
        self, script: tuple[Action | Malformed, ...]
    ) -> tuple[Callable[[], Episode], tuple[Action | Malformed, ...]]:
        """What begins the episode where a script leaves the oracle's, and what is left of the script there."""
        if not self._along:
            return self.reset, script
        pairs = zip(script, self.oracle.script[: len(self._along) - 1], strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        return self._along[same].fork, script[same:]

    @cached_property
    def _along(self) -> tuple[Episode, ...]:
        """The episode before each action of the oracle; empty where it cannot be played, or made calls again."""
        if self.opened is None or self.oracle.problem or any(turn.free for turn in self.oracle.turns):
            return ()
        episode, along = self.opened.fork(), [self.opened]
        for action in self.oracle.script[:-1]:
            if episode.step(action).outcome is not None:  # a plugin draws by itself: it is not the same play
                break
            along.append(episode.fork())
        return tuple(along)

    def sibling(self, seed: int) -> Case:
        """Return the case of the same level with another seed. It is made, and played, once for each block."""
        self.siblings.setdefault(self.seed, self)
        if seed not in self.siblings:
            self.siblings[seed] = Case(self.scenario, self.environment, self.level, seed, self.siblings)
        return self.siblings[seed]


def _play(play: object, probe: str, attempt: Callable[[Case], Iterable[Performance]]) -> Performance:
    if isinstance(play, Performance):
        return play
    what = getattr(attempt, "what", f"probe `{probe}`")
    raise PluginFault(f"{what} gave {shown(play)}, and plays are wanted: `yield case.play(...)`")
