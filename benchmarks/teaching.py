"""Does training teach? Runs of the market stall with several seeds, and what their models pass on held-out episodes.

    python -m benchmarks.teaching --seeds 0 1 2

Each seed is a run of `rlve-dsl train` (some minutes of two cores); a run that is in the folder already is not made again. Then the
model after the warm start and the model after DAPO play the same held-out episodes of each environment: as they are; with the
labels of an episode dealt out anew to its names, which changes nothing for an agent that reads; and with labels that are words
that no episode of training has as a label. Prints the tables of docs/results.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import rlve_dsl
from rlve_dsl.agents import EpisodeKey, Limits, TokenWriter, held_out_keys, play_many
from rlve_dsl.cli import main as command
from rlve_dsl.episode import Scenario
from rlve_dsl.rng import stable_hash

SCENARIOS = Path(__file__).parents[1] / "scenarios"
STALL = Path("examples") / "stall"
LEVELS = (0, 1, 2, 3, 4, 5, 6)
MOMENTS = {"warm_start": "warm start", "model": "after DAPO"}
MANNERS = ("sampled", "greedy")
PLAIN = "as they are"
_LABEL = '"surely(labels[n]).text"'
_POOL = "sample_entities: {of: words, count: rows_shown, where: it.stands == third}"
VARIATIONS: Mapping[str, tuple[str, str] | None] = {
    PLAIN: None,
    "labels dealt out anew": (_LABEL, '"surely(labels[mod(n + 1, rows_shown)]).text"'),
    "labels never used as labels": (_POOL, _POOL.replace("third", "first")),
}

Rates = dict[tuple[str, str, str, str], float]
"""Pass rates by moment, variation, manner and environment."""


def varied(edit: tuple[str, str] | None) -> Scenario:
    """The stall, with one place of its environments changed."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "scenarios"
        shutil.copytree(SCENARIOS, copy)
        for file in (copy / STALL).glob("*.yaml") if edit else ():
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(*edit) if edit else text, encoding="utf-8")
        return rlve_dsl.load(copy / STALL / "desk.yaml")


def trained(folder: Path, seed: int) -> Path:
    """The folder of a finished run with this seed, which is made where there is none."""
    run = folder / f"seed-{seed}"
    if not (run / "results.json").exists():
        shutil.rmtree(run, ignore_errors=True)
        scenario = str(SCENARIOS / STALL / "desk.yaml")
        if command(["train", scenario, "--seed", str(seed), "--out", str(run)]):
            raise SystemExit(f"the run with seed {seed} failed")
    return run


def rates_of(run: Path, scenarios: Mapping[str, Scenario], episodes: int) -> Rates:
    """What the models of a run pass."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    settings = json.loads((run / "configuration.json").read_text(encoding="utf-8"))["settings"]
    rates: Rates = {}
    for moment in MOMENTS:
        model = AutoModelForCausalLM.from_pretrained(run / moment)
        tokenizer = AutoTokenizer.from_pretrained(run / moment)
        for variation, scenario in scenarios.items():
            for environment in scenario.environments:
                keys = held_out_keys([environment], LEVELS, episodes)
                for manner in MANNERS if variation == PLAIN else MANNERS[:1]:
                    share = _passed(scenario, keys, model, tokenizer, settings, greedy=manner == "greedy")
                    rates[moment, variation, manner, environment] = share
    return rates


def _passed(
    scenario: Scenario, keys: Sequence[EpisodeKey], model: Any, tokenizer: Any, settings: Any, *, greedy: bool
) -> float:
    from rlve_dsl.train.chat import TemplateChat
    from rlve_dsl.train.engine import CachedEngine

    chat = TemplateChat(tokenizer, describe=settings["describe"], options={"enable_thinking": settings["thinking"]})
    limits = Limits(settings["episode_tokens"], settings["context_tokens"])
    in_flight = min(settings["in_flight"], len(keys))
    engine = CachedEngine(
        model,
        slots=in_flight,
        context_tokens=settings["context_tokens"],
        ends=chat.ends,
        turn_tokens=settings["turn_tokens"],
        temperature=settings["temperature"],
        greedy=greedy,
    )
    rollouts = play_many(
        scenario,
        keys,
        lambda place: TokenWriter(engine.conversation(stable_hash("teaching", place)), chat, limits),
        in_flight=in_flight,
    )
    return sum(rollout.passed for rollout in rollouts) / len(rollouts)


def shown(values: Sequence[float]) -> str:
    """The mean of the seeds, and half of the distance between the least and the greatest."""
    return f"{statistics.mean(values):.1%} ± {(max(values) - min(values)) / 2:.1%}"


def tables(found: Sequence[Rates], environments: Sequence[str]) -> str:
    """Both tables, in Markdown."""
    lines = ["| environment | manner | warm start | after DAPO | gain | least gain |", "|---|---|--:|--:|--:|--:|"]
    for environment in environments:
        for manner in MANNERS:
            before, after = ([rates[moment, PLAIN, manner, environment] for rates in found] for moment in MOMENTS)
            gains = [b - a for a, b in zip(before, after, strict=True)]
            lines.append(
                f"| {environment} | {manner} | {shown(before)} | {shown(after)} | {statistics.mean(gains):+.1%} | {min(gains):+.1%} |"
            )
    lines += [
        "",
        "| held-out episodes | model | " + " | ".join(environments) + " |",
        "|---|---|" + "--:|" * len(environments),
    ]
    for variation in VARIATIONS:
        for moment, name in MOMENTS.items():
            cells = [shown([rates[moment, variation, "sampled", e] for rates in found]) for e in environments]
            lines.append(f"| {variation} | {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--runs", type=Path, default=Path("runs") / "teaching")
    parser.add_argument("--episodes", type=int, default=30, help="held-out episodes of each environment at each level")
    options = parser.parse_args()
    scenarios = {name: varied(edit) for name, edit in VARIATIONS.items()}
    found = [rates_of(trained(options.runs, seed), scenarios, options.episodes) for seed in options.seeds]
    print(tables(found, scenarios[PLAIN].environments))


if __name__ == "__main__":
    main()
