"""Imperfect agents: oracles that make mistakes, or that do not ask.

Belongs here: who they are. Does not belong here: what their plays say of a scenario (`checks/`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial

from rlve_dsl.agents import Agent, GuessedFacts, Guesses, OracleAgent
from rlve_dsl.certify.redraw import drawn
from rlve_dsl.episode import Episode, Scenario
from rlve_dsl.errors import RlveError
from rlve_dsl.files import Asks
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Value

_OTHER_SEEDS = range(1_000, 1_012)  # what is usual is learnt from other episodes


@frozen
class Imperfect:
    """An imperfect agent. `says` describes it after "it"; `mistakes` are the rates at which it errs."""

    name: str
    says: str
    mistakes: Mapping[str, float] = field(default_factory=dict)
    asks_for: Asks = "all"
    heuristic: str = ""

    def agent(self, episode: Episode, guesses: Guesses | None = None) -> Agent:
        """Return the agent for an episode.

        It words its questions alike at every level, so that plays differ only by what the level does.
        """
        words = Stream("ladder words", episode.seed)
        return OracleAgent(
            episode, mistakes=self.mistakes, words=words, asks_for=self.asks_for,
            heuristic=self.heuristic, said=partial(GuessedFacts, guesses=guesses) if guesses else None,
        )  # fmt: skip


ERRING = (
    Imperfect("forgets to ask", "leaves out three of ten questions", {"forget_to_ask": 0.3}),
    Imperfect("misreads", "takes one of seven values that it is told for a similar one", {"misread": 0.15}),
    Imperfect("stops early", "may answer at any turn before it is done", {"stop_early": 0.15}),
    Imperfect(
        "picks the second best", "often acts on another id that it was shown, or answers with one",
        {"second_best": 0.25, "wrong_argument": 0.15},
    ),
    Imperfect(
        "careless", "makes every mistake now and then",
        {"forget_to_ask": 0.1, "misread": 0.05, "leave_out": 0.1, "dawdle": 0.1},
    ),
)  # fmt: skip
"""Oracles that make mistakes."""

SILENT = (
    Imperfect("asks nothing", "never asks, and takes what is usual for what it is not told", asks_for="nothing"),
    Imperfect("asks one general question", "asks once whether there is anything else, and nothing more", asks_for="general"),
)  # fmt: skip
"""Oracles that do not ask for what the solution asks for."""


def usual_facts(scenario: Scenario, environment: str, level: int) -> Guesses:
    """Return the commonest value of each fact that every episode has once, in other episodes of the level."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    values: dict[str, Value] = {}
    for seed in _OTHER_SEEDS:
        try:
            parts = drawn(scenario, environment, level, seed).parts
        except RlveError:
            continue  # `solvable` says so
        for part in parts:
            single = {f.name for f in part.environment.facts if f.loop is None and f.condition is None}
            for slot in part.slots:
                if slot.fact in single:
                    text = repr(slot.value)
                    values.setdefault(text, slot.value)
                    counts.setdefault((part.environment.name, slot.fact), Counter())[text] += 1
    return {place: values[count.most_common(1)[0][0]] for place, count in counts.items()}


def silent_agents(scenario: Scenario, environment: str) -> tuple[Imperfect, ...]:
    """Return SILENT, and the heuristics of the environment that do not ask for everything."""
    task = scenario.compiled.environments[environment]
    own = () if task.numbered or task.by_seed else task.parts[environment].heuristics
    return (*SILENT, *(heuristic_agent(one.name, one.asks) for one in own if one.asks != "all"))


def heuristic_agent(name: str, asks_for: Asks) -> Imperfect:
    """Return the agent that plays a heuristic."""
    return Imperfect(name, f"plays the heuristic `{name}`", asks_for=asks_for, heuristic=name)


def agents_for(
    who: Sequence[Imperfect], scenario: Scenario, environment: str, level: int
) -> dict[str, Callable[[Episode], Agent]]:
    """Return, by name, what makes each of these agents for an episode of a level."""
    silent = any(one.asks_for != "all" for one in who)
    guesses = usual_facts(scenario, environment, level) if silent else None
    return {one.name: partial(one.agent, guesses=None if one.asks_for == "all" else guesses) for one in who}
