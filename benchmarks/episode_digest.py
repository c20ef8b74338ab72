"""A digest of what episodes say, to show that a change of the code changes no behaviour.

    python -m benchmarks.episode_digest                  # c8 and c8-compliance: one line for each environment
    python -m benchmarks.episode_digest --seeds 5 scenarios/c8.yaml

For each environment the oracle and the random agent play every level. The digest covers the system prompt, the tools and
the trajectory, without the scenario's digest and the version of the package. Equal digests before and after a change mean
equal bytes. The figures at the end of each line count the episodes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import rlve_dsl
from rlve_dsl.agents import Agent, OracleAgent, RandomAgent, play
from rlve_dsl.episode import Episode, Scenario, record

ROOT = Path(__file__).parents[1]
AGENTS: tuple[Callable[[Episode], Agent], ...] = (OracleAgent, RandomAgent)


def main() -> None:
    """Prints a line for each environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="*", metavar="PATH")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="for each environment and level")
    arguments = parser.parse_args()
    for path in arguments.paths or [ROOT / "scenarios" / "c8.yaml", ROOT / "scenarios" / "c8-compliance.yaml"]:
        scenario = rlve_dsl.load(path)
        for name in scenario.environments:
            digest, episodes = digest_of(scenario, name, arguments.seeds)
            print(f"{scenario.name:<16} {name:<14} {digest}  {episodes}", flush=True)


def digest_of(scenario: Scenario, environment: str, seeds: int) -> tuple[str, int]:
    """The digest of an environment's episodes, and how many there are."""
    digest, episodes = hashlib.sha256(), 0
    low, high = scenario.levels
    for level in range(low, high + 1):
        for seed in range(seeds):
            for agent_for in AGENTS:
                episode = scenario.reset(environment, level=level, seed=seed)
                digest.update(json.dumps([episode.system_prompt, episode.tools]).encode())
                play(episode, agent_for(episode))
                first, *lines = record(episode).splitlines()
                digest.update(json.dumps({**json.loads(first), "digest": "", "version": ""}).encode())
                digest.update("\n".join(lines).encode())
                episodes += 1
    return digest.hexdigest()[:32], episodes


if __name__ == "__main__":
    main()
