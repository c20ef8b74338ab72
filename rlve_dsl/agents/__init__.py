"""Agents and everything that plays or samples episodes without torch.

Belongs here: who acts (the oracle, imperfect or not, random calls, a person, agents that only read or follow a script), the
loop that lets them, and sampling (`sampling/`). Does not belong here: what an action does, models, judging a scenario.
"""

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
from rlve_dsl.agents.oracle import MISTAKES, OracleAgent, OracleError
from rlve_dsl.agents.performance import Performance, perform, perform_script
from rlve_dsl.agents.play import Agent, LeftEpisode, Script, Scripted, play
from rlve_dsl.agents.random import RandomAgent
from rlve_dsl.agents.reading import Grabber, PlainAnswerer, inquire, open_questions, plain_answer, unlike_answers
from rlve_dsl.agents.sampling.beginnings import Beginnings
from rlve_dsl.agents.sampling.demonstrations import Demonstration, demonstrate, demonstrate_imperfectly
from rlve_dsl.agents.sampling.groups import Batch, Group, GroupSource, Sampling, advantages
from rlve_dsl.agents.sampling.held_out import Score, by_environment, by_level, evaluate, held_out_keys, total
from rlve_dsl.agents.sampling.keys import EpisodeKey, held_out_seed, training_seed
from rlve_dsl.agents.sampling.playing import Ended, play_in_flight, play_many, play_one
from rlve_dsl.agents.sampling.rollouts import GeneratedTurn, Limits, Rollout, reward
from rlve_dsl.agents.sampling.writing import Chat, ChatWriter, TokenStream, TokenWriter, Writer
from rlve_dsl.agents.values import near, plain_choices, value_of

__all__ = [
    "AGENTS",
    "MISTAKES",
    "Agent",
    "AgentKind",
    "Batch",
    "Beginnings",
    "Chat",
    "ChatWriter",
    "Context",
    "ContextSize",
    "Demonstration",
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
    "context_size",
    "contexts_in",
    "demonstrate",
    "demonstrate_imperfectly",
    "evaluate",
    "held_out_keys",
    "held_out_seed",
    "ids_among",
    "inquire",
    "near",
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
    "training_seed",
    "unlike_answers",
    "value_of",
    "with_other_ids",
]
