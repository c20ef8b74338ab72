"""How many episodes the oracle plays a second, and what that takes, over catalogs of several sizes.

    python -m benchmarks.throughput --sizes 4000 10000 100000

Every size runs in a process of its own, so that memory is its own. Seconds are of the processor, and of the passes over
new seeds the fastest counts: a machine that others use is only ever slower than it is. Trust ratios all the same. The
public reference implementation's figures stand beside ours, as measured once on such a machine (one process, random agents,
a mock index, mean over its environments); they are not run here.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlve_dsl.agents import Agent
    from rlve_dsl.episode import Action, Malformed, Observation

ROOT = Path(__file__).parents[1]
PASSES = 3
REFERENCE = {10_000: ("9", "139 MB"), 100_000: ("2", "885 MB")}
"""Of the public reference implementation (March 2026 code): episodes of three turns a second, and memory, by products."""


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[4_000, 10_000, 100_000], metavar="N")
    parser.add_argument("--collection", type=Path, default=ROOT / "scenarios" / "c8.yaml", metavar="PATH")
    parser.add_argument("--seeds", type=int, default=6, metavar="N", help="for each environment and level")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one is not None:
        print(json.dumps(measure(arguments.collection, arguments.one, arguments.seeds)))
        return
    found = {size: _alone(arguments.collection, size, arguments.seeds) for size in arguments.sizes}
    names = list(next(iter(found.values()))["rates"])
    rows = [("episodes a second of processor", *(f"{size:,} products" for size in found))]
    rows += [(name, *(f"{found[size]['rates'][name]:.0f}" for size in found)) for name in names]
    rows.append(("mean of the environments", *(f"{_mean(found[size]):.0f}" for size in found)))
    rows.append(("mean with all text read", *(f"{_mean(found[size], 'read'):.0f}" for size in found)))
    rows.append(("the reference implementation", *(REFERENCE.get(size, ("–",))[0] for size in found)))
    first = _mean(next(iter(found.values())))
    rows.append(
        (f"share of the rate at {next(iter(found)):,}", *(f"{_mean(found[size]) / first:.2f}" for size in found))
    )
    rows.append(("begin: load and compile, s", *(f"{found[size]['load_seconds']:.1f}" for size in found)))
    rows.append(("memory", *(f"{found[size]['megabytes']:.0f} MB" for size in found)))
    rows.append(("memory of the reference", *(REFERENCE.get(size, ("", "–"))[1] for size in found)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print(row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)))


def _mean(found: dict[str, Any], rates: str = "rates") -> float:
    return sum(found[rates].values()) / len(found[rates])


def _alone(collection: Path, size: int, seeds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.throughput", "--collection", str(collection)]
    done = subprocess.run(
        [*command, "--one", str(size), "--seeds", str(seeds)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


class _Reading:
    """An agent that reads what it is told, as a language model does, before another acts in its place."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.messages = 0

    def act(self, observation: Observation) -> Action | Malformed:
        self.messages += len(observation.messages)
        return self._agent.act(observation)


def measure(collection: Path, size: int, seeds: int) -> dict[str, Any]:
    """Episodes a second by environment, without and with the observations worded and read (the oracle needs values alone),
    seconds to begin, and the process's peak memory, for the general catalog at a size."""
    import rlve_dsl
    from rlve_dsl.agents import OracleAgent, play

    with tempfile.TemporaryDirectory() as folder:
        general = ROOT / "scenarios" / "catalogs" / "general.yaml"
        sized = {"kind": "Catalog", "name": "sized", "extends": str(general), "size": size}
        whole = {"kind": "Collection", "name": "sized", "extends": str(collection.resolve()), "catalog": "catalog.yaml"}
        for name, part in (("catalog.yaml", sized), ("collection.yaml", whole)):
            (Path(folder) / name).write_text(json.dumps(part), encoding="utf-8")  # JSON is YAML
        began = time.process_time()
        scenario = rlve_dsl.load(Path(folder) / "collection.yaml")
        load_seconds = time.process_time() - began
    low, high = scenario.levels

    def rate(name: str, first: int, reads: bool = False) -> float:
        keys = [(level, seed) for seed in range(first, first + seeds) for level in range(low, high + 1)]
        began = time.process_time()
        for level, seed in keys:
            episode = scenario.reset(name, level=level, seed=seed)
            oracle = OracleAgent(episode)
            play(episode, _Reading(oracle) if reads else oracle)
        return len(keys) / (time.process_time() - began)

    rates, read = {}, {}
    for name in scenario.environments:
        rate(name, 10_000)  # what is made once, an index above all, is no part of the rate
        rates[name] = max(rate(name, number * seeds) for number in range(PASSES))
        read[name] = max(rate(name, number * seeds, reads=True) for number in range(PASSES, 2 * PASSES))
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rates": rates, "read": read, "load_seconds": load_seconds, "megabytes": megabytes}


if __name__ == "__main__":
    main()
