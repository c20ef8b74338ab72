"""How many times faster this version plays episodes than another one, by environment.

    git worktree add ../old COMMIT
    python -m benchmarks.ratio ../old --size 4000

Each version runs in a process of its own. They take turns: the same episodes of one environment by the oracle, first in the
other version, then in this one. So a machine that others use slows both alike. A ratio is of processor seconds. Printed are the
median over the turns, and the ratio of the fastest turn of each version.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Prints a line for each environment, then the ratio of the mean rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="a folder with the other version")
    parser.add_argument("--size", type=int, default=4_000, metavar="N", help="products")
    parser.add_argument("--collection", type=Path, default=Path("scenarios/c8.yaml"), help="below each folder")
    parser.add_argument("--turns", type=int, default=9, metavar="N")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        work(arguments.other / arguments.collection, arguments.size)
        return
    folders = [arguments.other.resolve(), ROOT]
    workers = [_start(folder, arguments.collection, arguments.size) for folder in folders]
    names = [_answer(worker) for worker in workers][1]
    found: dict[str, list[list[float]]] = {}
    for name in names:
        for worker in workers:
            _ask(worker, name, -1)
        found[name] = [[_ask(worker, name, turn) for worker in workers] for turn in range(arguments.turns)]
    for worker in workers:
        worker.communicate()
    print(f"{'':<24}{'ms an episode':>22}{'ratio':>16}\n{'':<24}{'other':>11}{'this':>11}{'median':>9}{'best':>7}")
    rates = [0.0, 0.0]
    for name, turns in found.items():
        other, this = (min(turn[number] for turn in turns) for number in (0, 1))
        median = statistics.median(a / b for a, b in turns)
        rates = [rates[0] + 1 / other, rates[1] + 1 / this]
        print(f"{name:<24}{other:>11.2f}{this:>11.2f}{median:>9.2f}{other / this:>7.2f}")
    medians = statistics.mean(statistics.median(a / b for a, b in turns) for turns in found.values())
    print(f"{'mean':<24}{'':>22}{medians:>9.2f}{rates[1] / rates[0]:>7.2f}")


def _start(folder: Path, collection: Path, size: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, str(folder), "--worker", "--size", str(size), "--collection", str(collection)]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _answer(worker: subprocess.Popen[str]) -> Any:
    assert worker.stdout is not None
    return json.loads(worker.stdout.readline())


def _ask(worker: subprocess.Popen[str], name: str, turn: int) -> float:
    """The milliseconds that an episode of the environment took, in a turn with seeds of its own."""
    assert worker.stdin is not None
    worker.stdin.write(json.dumps([name, turn]) + "\n")
    worker.stdin.flush()
    return float(_answer(worker))


def work(collection: Path, size: int) -> None:
    """Play the turns that are asked for on standard input."""
    import rlve_dsl
    from rlve_dsl.agents import OracleAgent, play

    with tempfile.TemporaryDirectory() as folder:
        general = collection.parent / "catalogs" / "general.yaml"
        sized = {"kind": "Catalog", "name": "sized", "extends": str(general), "size": size}
        whole = {"kind": "Collection", "name": "sized", "extends": str(collection), "catalog": "catalog.yaml"}
        for name, part in (("catalog.yaml", sized), ("collection.yaml", whole)):
            (Path(folder) / name).write_text(json.dumps(part), encoding="utf-8")  # JSON is YAML
        scenario = rlve_dsl.load(Path(folder) / "collection.yaml")
    low, high = scenario.levels
    print(json.dumps(scenario.environments), flush=True)
    for line in sys.stdin:
        name, turn = json.loads(line)
        began = time.process_time()
        for level in range(low, high + 1):
            episode = scenario.reset(name, level=level, seed=1_000 + turn)
            play(episode, OracleAgent(episode))
        print(1_000 * (time.process_time() - began) / (high - low + 1), flush=True)


if __name__ == "__main__":
    main()
