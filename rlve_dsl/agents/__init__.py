"""Agents and everything that plays or samples episodes without torch.

Belongs here: who acts (the oracle, imperfect or not, random calls, a person, agents that only read or follow a script), the
loop that lets them, and sampling (`sampling/`). Does not belong here: what an action does, models, judging a scenario.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlve_dsl.agents.by_the_rules import ByTheRules
from rlve_dsl.agents.context_size import ContextSize, context_size
from rlve_dsl.agents.contexts import (
    Context,
    Groups,
    alternatives,
    contexts_in,
    ids_among,
    other_arguments,
    shown,
    sort_of,
    with_other_ids,
)
from rlve_dsl.agents.guessing import GuessedFacts, Guesses
from rlve_dsl.agents.human import HumanAgent
from rlve_dsl.agents.kinds import AGENTS, AgentKind, agent_named
from rlve_dsl.agents.mishearing import UnheardFact
from rlve_dsl.agents.oracle import MISTAKES, OracleAgent
from rlve_dsl.agents.performance import Performance, perform, perform_script
from rlve_dsl.agents.play import Agent, LeftEpisode, Script, Scripted, play
from rlve_dsl.agents.random import RandomAgent
from rlve_dsl.agents.reading import Grabber, PlainAnswerer, inquire, open_questions, plain_answer, unlike_answers
from rlve_dsl.agents.steps import OracleError
from rlve_dsl.agents.turned_down import NeverCarriedOut, changes_tried, never_carried_out
from rlve_dsl.agents.values import near, plain_choices, value_of

if TYPE_CHECKING:
    from rlve_dsl.agents.sampling import (
        Batch,
        Beginnings,
        Chat,
        ChatWriter,
        Demonstration,
        Drawn,
        Ended,
        EpisodeKey,
        GeneratedTurn,
        Group,
        GroupSource,
        Limits,
        Rollout,
        Sampling,
        Score,
        TokenStream,
        TokenWriter,
        Writer,
        advantages,
        by_environment,
        by_level,
        curriculum_of,
        demonstrate,
        demonstrate_imperfectly,
        draw_ahead,
        evaluate,
        held_out_keys,
        held_out_seed,
        play_in_flight,
        play_many,
        play_one,
        reward,
        total,
        training_key,
        training_seed,
    )

__all__ = [
    "AGENTS",
    "MISTAKES",
    "Agent",
    "AgentKind",
    "Batch",
    "Beginnings",
    "ByTheRules",
    "Chat",
    "ChatWriter",
    "Context",
    "ContextSize",
    "Demonstration",
    "Drawn",
    "Ended",
    "EpisodeKey",
    "GeneratedTurn",
    "Grabber",
    "Group",
    "GroupSource",
    "Groups",
    "GuessedFacts",
    "Guesses",
    "HumanAgent",
    "LeftEpisode",
    "Limits",
    "NeverCarriedOut",
    "OracleAgent",
    "OracleError",
    "Performance",
    "PlainAnswerer",
    "RandomAgent",
    "Rollout",
    "Sampling",
    "Score",
    "Script",
    "Scripted",
    "TokenStream",
    "TokenWriter",
    "UnheardFact",
    "Writer",
    "advantages",
    "agent_named",
    "alternatives",
    "by_environment",
    "by_level",
    "changes_tried",
    "context_size",
    "contexts_in",
    "curriculum_of",
    "demonstrate",
    "demonstrate_imperfectly",
    "draw_ahead",
    "evaluate",
    "held_out_keys",
    "held_out_seed",
    "ids_among",
    "inquire",
    "near",
    "never_carried_out",
    "open_questions",
    "other_arguments",
    "perform",
    "perform_script",
    "plain_answer",
    "plain_choices",
    "play",
    "play_in_flight",
    "play_many",
    "play_one",
    "reward",
    "shown",
    "sort_of",
    "total",
    "training_key",
    "training_seed",
    "unlike_answers",
    "value_of",
    "with_other_ids",
]


def __getattr__(name: str) -> object:
    # imported on first use: sampling needs asyncio, and most commands sample nothing
    if name in __all__:
        from rlve_dsl.agents import sampling

        return getattr(sampling, name)
    raise AttributeError(f"module `rlve_dsl.agents` has no attribute `{name}`")
