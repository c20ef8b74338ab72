"""What a catalog of a given size costs: building and opening it, memory for each worker, episodes played over it.

    python -m benchmarks.catalog_scale --size 200000

Builds the general catalog (or opens the one in `--folder`, where it also keeps the one it builds) and plays a collection over
it with the oracle. Times are of the clock and of the processor: on a busy machine, trust the second. The figures of the public
reference implementation beside ours were measured once on such a machine, with random agents over a mock index; ours are of
the oracle with real search.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LEVELS = (0, 3, 6, 9, 12)

REFERENCE = {1_000: (285.0, 0.066), 10_000: (9.0, 0.139), 100_000: (2.0, 0.885)}
"""Of the public reference implementation (March 2026 code, mock index), by products: episodes of three turns a second in one
process, and GB of memory."""
REFERENCE_RESET_MS = 400.0
"""Its reset at 100,000 products takes 320 to 480 ms."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, metavar="N", help="products")
    parser.add_argument(
        "--folder", type=Path, metavar="DIR", help="a built catalog to open, or where to keep the new one"
    )
    parser.add_argument("--collection", type=Path, default=_largest_collection(), metavar="PATH")
    parser.add_argument("--workers", type=int, default=4, metavar="N", help="processes that share the catalog")
    parser.add_argument("--episodes", type=int, default=4, metavar="N", help="for each environment and level")
    arguments = parser.parse_args()
    lines: list[tuple[str, str]] = [
        ("products", f"{arguments.size:,}"),
        ("collection", arguments.collection.stem),
        ("load of the machine", f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"),
    ]
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "catalog"
        if folder.exists():
            lines.append(("build", "opened as it was"))
        else:
            seconds, cpu, peak = _alone(_build, folder, arguments.size)
            lines.append(("build", f"{seconds:.0f} s on the clock, {cpu:.0f} s of processor, peak {peak / 1e3:.2f} GB"))
        lines.append(("on disk", f"{sum(p.stat().st_size for p in folder.rglob('*') if p.is_file()) / 1e6:.0f} MB"))
        opened, opened_cpu = _alone(_open, folder)
        lines.append(("open, median of 5", f"{opened:.1f} ms on the clock, {opened_cpu:.1f} ms of processor"))
        scenario = _collection(folder, arguments.collection, stack)
        played = _alone(_play, scenario, arguments.episodes)
        lines += _speed(played, arguments.size)
        memory = _workers(scenario, arguments.workers)
        bare, private, shared = (statistics.median(m[i] for m in memory) for i in range(3))
        figures = f"{private:.0f} MB private each ({bare:.0f} MB before the scenario is opened), {shared:.0f} MB shared"
        lines.append((f"memory, {arguments.workers} workers", figures))
    width = max(len(name) for name, _ in lines)
    for name, figures in lines:
        print(f"{name:{width}}  {figures}")


def _speed(played: dict[str, Any], size: int) -> list[tuple[str, str]]:
    lines = []
    for what in ("reset", "step"):
        clock, cpu = (statistics.median(played[what][key]) * 1e3 for key in ("clock", "cpu"))
        high = sorted(played[what]["cpu"])[int(0.95 * len(played[what]["cpu"]))] * 1e3
        lines.append((f"{what}, median", f"{clock:.2f} ms on the clock, {cpu:.2f} ms of processor (p95 {high:.2f})"))
    rate, rate_cpu = played["episodes"] / played["clock"], played["episodes"] / played["cpu"]
    lines.append(("compile", f"{played['compile']:.1f} s of processor"))
    lines.append(
        ("episodes a second", f"{rate:.0f} on the clock, {rate_cpu:.0f} of processor; {played['passed']} pass")
    )
    if size in REFERENCE:
        theirs, gigabytes = REFERENCE[size]
        lines.append(
            ("the reference there", f"{theirs:g} episodes a second, {gigabytes:g} GB: ours ×{rate_cpu / theirs:.1f}")
        )
    reset = statistics.median(played["reset"]["cpu"]) * 1e3
    lines.append(
        ("its reset at 100,000", f"{REFERENCE_RESET_MS:g} ms: ours takes 1/{REFERENCE_RESET_MS / reset:.0f} of it")
    )
    return lines


# Each in its own process, so that one measurement leaves nothing behind for the next ----------------------------------


def _alone(work: Callable[..., Any], *arguments: Any) -> Any:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def _build(folder: Path, size: int) -> tuple[float, float, float]:
    from rlve_dsl.catalog import SOURCES, build
    from rlve_dsl.files import kinds, load

    spec = load(ROOT / "scenarios" / "catalogs" / "general.yaml").spec
    assert isinstance(spec, kinds.Catalog)
    clock, cpu = time.perf_counter(), time.process_time()
    build(spec, SOURCES["generated"], folder, lambda stage, done, of: None, size=size)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return time.perf_counter() - clock, time.process_time() - cpu, peak


def _open(folder: Path) -> tuple[float, float]:
    from rlve_dsl.catalog import open_catalog

    taken = []
    for _ in range(5):
        clock, cpu = time.perf_counter(), time.process_time()
        open_catalog(folder).search("lamp", None, 1) if not taken else open_catalog(folder)
        taken.append((time.perf_counter() - clock, time.process_time() - cpu))
    return statistics.median(t[0] for t in taken) * 1e3, statistics.median(t[1] for t in taken) * 1e3


def _collection(folder: Path, collection: Path, stack: ExitStack) -> Path:
    """The collection over the built catalog, as a file of its own."""
    path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "scenario.yaml"
    content = {"kind": "Collection", "extends": str(collection.resolve()), "catalog": str(folder.resolve())}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _play(path: Path, episodes: int) -> dict[str, Any]:
    import rlve_dsl
    from rlve_dsl.agents import OracleAgent, play

    cpu = time.process_time()
    scenario = rlve_dsl.load(path)
    out: dict[str, Any] = {
        "reset": {"clock": [], "cpu": []},
        "step": {"clock": [], "cpu": []},
        "episodes": 0,
        "passed": 0,
    }
    out["compile"] = time.process_time() - cpu
    for environment in scenario.environments:  # so that whatever is made once exists
        for level in LEVELS:
            episode = scenario.reset(environment, level=level, seed=10**6)
            play(episode, OracleAgent(episode))
    began, began_cpu = time.perf_counter(), time.process_time()
    for environment in scenario.environments:
        for level in LEVELS:
            for seed in range(episodes):
                clock, cpu = time.perf_counter(), time.process_time()
                episode = scenario.reset(environment, level=level, seed=seed)
                out["reset"]["clock"].append(time.perf_counter() - clock)
                out["reset"]["cpu"].append(time.process_time() - cpu)
                agent, messages = OracleAgent(episode), list[Any]()
                while episode.outcome is None:
                    action = agent.act(episode.observation)
                    clock, cpu = time.perf_counter(), time.process_time()
                    messages.extend(episode.step(action).observation.messages)  # put into words when read
                    out["step"]["clock"].append(time.perf_counter() - clock)
                    out["step"]["cpu"].append(time.process_time() - cpu)
                out["episodes"] += 1
                out["passed"] += bool(episode.outcome.correct)
    out["clock"], out["cpu"] = time.perf_counter() - began, time.process_time() - began_cpu
    return out


_WORKER = """
import sys
import rlve_dsl.cli, rlve_dsl.agents
from benchmarks.catalog_scale import memory, play_some
before = memory()
held = play_some(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(before[0], *memory(), flush=True)
"""


def play_some(path: str) -> Any:
    """Open the scenario in a file, and play an episode of each environment at each level."""
    import rlve_dsl
    from rlve_dsl.agents import OracleAgent, play

    scenario = rlve_dsl.load(path)
    for environment in scenario.environments:
        for level in LEVELS:
            episode = scenario.reset(environment, level=level, seed=0)
            play(episode, OracleAgent(episode))
    return scenario


def _workers(path: Path, many: int) -> list[tuple[float, float, float]]:
    """For processes that hold the scenario at the same time: MB private before it, private with it, and shared."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(many)
    ]
    out = []
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        before, private, shared = map(float, worker.communicate("\n")[0].split())
        out.append((before, private, shared))
    return out


def memory() -> tuple[float, float]:
    """MB of this process: private, and shared with others."""
    sizes: dict[str, int] = {}
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, _, rest = line.partition(":")
        sizes[name] = int(rest.split()[0])
    private = sizes["Private_Clean"] + sizes["Private_Dirty"]
    return private / 1e3, (sizes["Rss"] - private) / 1e3


def _largest_collection() -> Path:
    names = ("c8", "c4", "c2", "c1")
    return next(path for name in names if (path := ROOT / "scenarios" / f"{name}.yaml").is_file())


if __name__ == "__main__":
    main()
