"""How much memory live episodes take: many in one process, of all environments and levels, in turn.

    python -m benchmarks.live_episodes --episodes 10000 scenarios/c8.yaml

Every episode is reset, and the oracle plays its first turn. What all of them share (the compiled scenario, the catalog, its
index) is in memory before the count begins. A KB is 1,000 bytes.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import rlve_dsl
from rlve_dsl.agents import OracleAgent
from rlve_dsl.episode import Episode, Scenario

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Print a line for each stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, nargs="?", default=ROOT / "scenarios" / "c8.yaml", metavar="PATH")
    parser.add_argument("--episodes", type=int, default=10_000, metavar="N", help="how many are live at the same time")
    arguments = parser.parse_args()
    scenario = rlve_dsl.load(arguments.path)
    for episode in islice(begun(scenario, first_seed=10**6), 2_000):  # fills the caches that all episodes share
        play_turn(episode)
    print(
        f"{arguments.episodes:,} live episodes of {scenario.name}, in a process of {resident() / 1e6:,.0f} MB",
        flush=True,
    )
    before, start = resident(), time.process_time()
    episodes = list(islice(begun(scenario, first_seed=0), arguments.episodes))
    report("reset", arguments.episodes, before, start)
    for episode in episodes:
        play_turn(episode)
    report("reset, and one turn played", arguments.episodes, before, start)


def begun(scenario: Scenario, first_seed: int) -> Iterator[Episode]:
    """Episodes without end: every environment at every level, and then the same from the next seed."""
    low, high = scenario.levels
    for seed in count(first_seed):
        for level in range(low, high + 1):
            for name in scenario.environments:
                yield scenario.reset(name, level=level, seed=seed)


def play_turn(episode: Episode) -> None:
    """Play a turn as the oracle does."""
    episode.step(OracleAgent(episode).act(episode.observation))


def report(stage: str, episodes: int, before: int, start: float) -> None:
    """Print how much the process has grown, and the processor time since the start."""
    gc.collect()
    grown = resident() - before
    took = time.process_time() - start
    print(
        f"{stage:28}{grown / episodes / 1e3:8.1f} KB each{grown / 1e6:10,.0f} MB{took:8.1f} s of processor", flush=True
    )


def resident() -> int:
    """The bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
