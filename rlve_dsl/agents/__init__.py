"""Agents that play episodes: the oracle and its imperfect kin, random calls, a person at a terminal.

Belongs here: who acts, and the loop that lets them. Does not belong here: what an action does.
"""

from rlve_dsl.agents.human import HumanAgent
from rlve_dsl.agents.oracle import MISTAKES, OracleAgent, OracleError
from rlve_dsl.agents.play import Agent, play
from rlve_dsl.agents.random import RandomAgent

__all__ = ["MISTAKES", "Agent", "HumanAgent", "OracleAgent", "OracleError", "RandomAgent", "play"]
