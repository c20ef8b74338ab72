"""Does training teach? Runs of the market stall with several seeds, and what their models pass on held-out episodes.

    python -m benchmarks.teaching --seeds 0 1 2
    python -m benchmarks.teaching --seeds 0 1 2 --compare uniform adaptive level-2

Each seed is a run of `rlve-dsl train` (some minutes of two cores); a run that is in the folder already is not made again. Then the
model after the warm start and the model after DAPO play the same held-out episodes of each environment: as they are; with the
labels of an episode dealt out anew to its names, which changes nothing for an agent that reads; and with labels that are words
that no episode of training has as a label. It is also told how often a model says nothing but sentences of demonstrations.

With `--compare`, ways of training by DAPO are compared, each with all seeds from the warm start of one run. They write equally
many tokens in training: all seeds of the first way make as many batches as the file says, and each other way makes as many batches
as write that many tokens, within a twentieth, by what its first seed writes. Prints the tables of docs/results.md.

Samples are taken at the temperature of training, or at `--temperature`. `--set KEY=VALUE` changes a setting of all runs that are made.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rlve_dsl
from rlve_dsl.agents import (
    EpisodeKey,
    Limits,
    Rollout,
    TokenWriter,
    demonstrate_imperfectly,
    held_out_keys,
    play_many,
)
from rlve_dsl.cli import main as command
from rlve_dsl.episode import Action, Scenario, render_completion
from rlve_dsl.rng import stable_hash

SCENARIOS = Path(__file__).parents[1] / "scenarios"
STALL = Path("examples") / "stall"
LEVELS = (0, 1, 2, 3, 4, 5, 6)
MOMENTS = {"warm_start": "warm start", "model": "after DAPO"}
MANNERS = ("sampled", "greedy")
PLAIN = "as they are"
SENTENCES = "all in sentences"
_LABEL = '"surely(labels[n]).text"'
_POOL = "sample_entities: {of: words, count: rows_shown, where: it.stands == third}"
VARIATIONS: Mapping[str, tuple[str, str] | None] = {
    PLAIN: None,
    "labels dealt out anew": (_LABEL, '"surely(labels[mod(n + 1, rows_shown)]).text"'),
    "labels never used as labels": (_POOL, _POOL.replace("third", "first")),
}

Rates = dict[tuple[str, str, str, str], float]
"""Pass rates by moment, variation, manner and environment. For the manner SENTENCES: the share of sampled episodes in which the model
says nothing to the customer but sentences of demonstrations."""
Edit = tuple[str, str]
"""A text of the stall's files, and what stands in its place."""


@dataclass(frozen=True)
class Way:
    """A way of training by DAPO: what it changes in the files of the stall, and the settings that it sets."""

    edits: tuple[Edit, ...] = ()
    settings: tuple[str, ...] = ()


_SHIPPED = "curriculum: {fixed: 0..6}"


def _levels(rules: str) -> Edit:
    return _SHIPPED, f"curriculum: {{{rules}}}"


_MOVING = "promote_at: 0.9, trials: 32, window: 4, start: 0"
_WINDOWS = _levels(_MOVING)
_ONE_ENVIRONMENT = (
    ("environments: [basket.yaml, take_back.yaml, tracking.yaml]", "environments: [take_back.yaml]"),
    ("[wordings-basket.yaml, wordings-take_back.yaml, wordings-tracking.yaml]", "[wordings-take_back.yaml]"),
)
WAYS: Mapping[str, Way] = {
    "uniform": Way(),
    "adaptive": Way(edits=(_WINDOWS,)),
    "adaptive-from-3": Way(edits=(_levels(_MOVING.replace("start: 0", "start: 3")),)),
    "demotion": Way(edits=(_levels(f"{_MOVING}, demote_at: 0.3"),)),
    "level-0": Way(edits=(_levels("fixed: 0..0"),)),
    "level-2": Way(edits=(_levels("fixed: 2..2"),)),
    "level-4": Way(edits=(_levels("fixed: 4..4"),)),
    "level-6": Way(edits=(_levels("fixed: 6..6"),)),
    "no-dynamic-sampling": Way(settings=("resample=0",)),
    "adaptive-no-dynamic-sampling": Way(edits=(_WINDOWS,), settings=("resample=0",)),
    "take_back-alone": Way(edits=(_WINDOWS, *_ONE_ENVIRONMENT)),
}


@contextmanager
def changed(edits: Sequence[Edit]) -> Iterator[Path]:
    """Yield the stall's collection in a copy of its files, with these texts replaced."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "scenarios"
        shutil.copytree(SCENARIOS, copy)
        texts = {file: file.read_text(encoding="utf-8") for file in (copy / STALL).glob("*.yaml")}
        for old, new in edits:
            if not any(old in text for text in texts.values()):
                raise SystemExit(f"no file of the stall has `{old}`")
            texts = {file: text.replace(old, new) for file, text in texts.items()}
        for file, text in texts.items():
            file.write_text(text, encoding="utf-8")
        yield copy / STALL / "desk.yaml"


def varied(edit: Edit | None) -> Scenario:
    """The stall, with one text of its environments replaced."""
    with changed([edit] if edit else []) as desk:
        return rlve_dsl.load(desk)


def trained(folder: Path, seed: int, settings: Sequence[str]) -> Path:
    """The folder of a finished run with this seed, which is made with these settings where there is none."""
    run = folder / f"seed-{seed}"
    if not (run / "results.json").exists():
        shutil.rmtree(run, ignore_errors=True)
        scenario = str(SCENARIOS / STALL / "desk.yaml")
        if command(["train", scenario, "--seed", str(seed), "--out", str(run), *_set(settings)]):
            raise SystemExit(f"the run with seed {seed} failed")
    return run


def _set(settings: Sequence[str]) -> list[str]:
    return [word for setting in settings for word in ("--set", setting)]


def settings_of(run: Path) -> Any:
    """The settings of a run."""
    return json.loads((run / "configuration.json").read_text(encoding="utf-8"))["settings"]


@dataclass(frozen=True)
class Judged:
    """How models are judged.

    Attributes:
        episodes: Held-out episodes of each environment at each level.
        temperature: Of samples; 0: that of training.
        sentences: What demonstrations say to the customer.
    """

    episodes: int
    temperature: float
    sentences: frozenset[str]


def rates_of(run: Path, moments: Sequence[str], scenarios: Mapping[str, Scenario], judged: Judged) -> Rates:
    """What the models of a run pass."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    settings = settings_of(run)
    settings["temperature"] = judged.temperature or settings["temperature"]
    rates: Rates = {}
    for moment in moments:
        model = AutoModelForCausalLM.from_pretrained(run / moment)
        tokenizer = AutoTokenizer.from_pretrained(run / moment)
        for variation, scenario in scenarios.items():
            for environment in scenario.environments:
                keys = held_out_keys([environment], LEVELS, judged.episodes)
                for manner in MANNERS if variation == PLAIN else MANNERS[:1]:
                    rollouts = _played(scenario, keys, model, tokenizer, settings, greedy=manner == "greedy")
                    rates[moment, variation, manner, environment] = statistics.mean(r.passed for r in rollouts)
                    if (variation, manner) == (PLAIN, "sampled"):
                        said = [sentences_in(_written(rollout, tokenizer)) for rollout in rollouts]
                        rates[moment, PLAIN, SENTENCES, environment] = statistics.mean(
                            sentences <= judged.sentences for sentences in said
                        )
    return rates


def _written(rollout: Rollout, tokenizer: Any) -> list[str]:
    """The turns that a model wrote."""
    tokens = [token for token, written in zip(rollout.tokens, rollout.mask, strict=True) if written]
    turns: list[str] = tokenizer.decode(tokens).split(tokenizer.eos_token)
    return turns


def sentences_in(turns: Iterable[str]) -> set[str]:
    """What is said to the customer in these turns, in sentences."""
    said = (turn.partition("<tool_call>")[0] for turn in turns)
    return {sentence for part in said for sentence in re.split(r"(?<=[.?!])\s+", part.strip()) if sentence}


def sentences_of_demonstrations(scenario: Scenario) -> frozenset[str]:
    """What demonstrations say to the customer."""
    keys = held_out_keys(scenario.environments, LEVELS, _SHOWN)
    found = demonstrate_imperfectly(scenario, keys, {})
    turns = (render_completion(t.action) for d in found for t in d.episode.turns if isinstance(t.action, Action))
    return frozenset(sentences_in(turns))


_SHOWN = 60
"""Demonstrations at each level whose sentences are gathered: all that there are, in some other order now and then."""


def _played(
    scenario: Scenario, keys: Sequence[EpisodeKey], model: Any, tokenizer: Any, settings: Any, *, greedy: bool
) -> list[Rollout]:
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
    return play_many(
        scenario,
        keys,
        lambda place: TokenWriter(engine.conversation(stable_hash("teaching", place)), chat, limits),
        in_flight=in_flight,
    )


@dataclass(frozen=True)
class Compared:
    """A way of training: the batches of each run, the tokens that each run wrote in training, and what its models pass."""

    way: str
    steps: int
    tokens: tuple[int, ...]
    rates: tuple[Rates, ...]


def compared(
    ways: Sequence[str],
    seeds: Sequence[int],
    folder: Path,
    warm_start: Path,
    scenario: Scenario,
    judged: Judged,
    settings: Sequence[str],
) -> Iterator[Compared]:
    """Train in each way with each seed from one warm start, with equally many tokens, and yield what comes out."""
    wanted = 0.0
    assert scenario.spec.train is not None
    shipped = scenario.spec.train.settings.steps
    for way in ways:
        steps = shipped
        if wanted:
            tokens = tokens_of(from_warm_start(way, seeds[0], steps, folder, warm_start, settings))
            steps = round(steps * wanted / tokens) if abs(tokens / wanted - 1) > _NEAR else steps
        runs = [from_warm_start(way, seed, steps, folder, warm_start, settings) for seed in seeds]
        written = tuple(tokens_of(run) for run in runs)
        wanted = wanted or statistics.mean(written)
        rates = tuple(rates_of(run, ["model"], {PLAIN: scenario}, judged) for run in runs)
        yield Compared(way, steps, written, rates)


_NEAR = 0.05
"""A share of tokens, more or less, that counts as equally many."""


def from_warm_start(way: str, seed: int, steps: int, folder: Path, warm_start: Path, settings: Sequence[str]) -> Path:
    """The folder of a run that begins with DAPO, which is made where there is none."""
    run = folder / f"{way}-{steps}-steps-seed-{seed}"
    if (run / "results.json").exists():
        return run
    shutil.rmtree(run, ignore_errors=True)
    alone = ("warm_start.demonstrations=0", "warm_start.copying.steps=0", "evaluation.episodes=1")
    words = _set([*alone, *settings, *WAYS[way].settings])
    with changed(WAYS[way].edits) as desk:
        arguments = ["--model", str(warm_start), "--seed", str(seed), "--steps", str(steps), "--out", str(run)]
        if command(["train", str(desk), *arguments, *words]):
            raise SystemExit(f"the run {run.name} failed")
    return run


def tokens_of(run: Path) -> int:
    """The tokens that the model wrote in training."""
    lines = (json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    return sum(round(line["rollouts"] * line["written_tokens"]) for line in lines if line["phase"] == "dapo")


def comparison(found: Sequence[Compared], environments: Sequence[str]) -> str:
    """The table of ways, in Markdown. The last column is the mean of the environments."""
    lines = []
    for manner in (*MANNERS, SENTENCES):
        lines += [
            f"| {manner} | batches | tokens, thousands | " + " | ".join(environments) + " | mean |",
            "|---|--:|--:|" + "--:|" * (len(environments) + 1),
        ]
        for of in found:
            by_environment = [[rates["model", PLAIN, manner, e] for rates in of.rates] for e in environments]
            means = [statistics.mean(seed) for seed in zip(*by_environment, strict=True)]
            cells = [shown(values) for values in (*by_environment, means)]
            lines.append(
                f"| {of.way} | {of.steps} | {statistics.mean(of.tokens) / 1000:.0f} | " + " | ".join(cells) + " |"
            )
        lines.append("")
    return "\n".join(lines)


def labels_read(run: Path, scenario: Scenario, episodes: int) -> float:
    """How often the model after the warm start finds the right label most likely, in held-out conversations of the oracle."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from rlve_dsl.train.chat import TemplateChat
    from rlve_dsl.train.demonstrations import segments
    from rlve_dsl.train.examples import Example, batch_loss, example

    model = AutoModelForCausalLM.from_pretrained(run / "warm_start")
    tokenizer = AutoTokenizer.from_pretrained(run / "warm_start")
    settings = settings_of(run)
    chat = TemplateChat(tokenizer, describe=settings["describe"], options={"enable_thinking": settings["thinking"]})
    examples = []
    for played in demonstrate_imperfectly(scenario, held_out_keys(scenario.environments, LEVELS, episodes), {}):
        parts = segments(played, chat)
        last = max(n for n, part in enumerate(parts) if part.written and _WRITTEN_LABEL.search(part.text))
        said = example(parts[:last], chat, settings["context_tokens"]).tokens
        start, end = next(_WRITTEN_LABEL.finditer(parts[last].text)).span(1)
        before, whole = chat.tokens(parts[last].text[:start]), chat.tokens(parts[last].text[:end])
        # a conversation that ends with the label, of which only the label is judged
        judged = (*[0] * (len(said) + len(before)), *[1] * (len(whole) - len(before)))
        examples.append(Example((*said, *whole), judged))
    return batch_loss(model, examples, pad=tokenizer.pad_token_id)[1]


_WRITTEN_LABEL = re.compile(r'"(?:item|purchase)_id": "(\w+)"')


def shown(values: Sequence[float]) -> str:
    """The mean of the seeds and, in brackets, the least and the greatest."""
    if len(values) == 1:
        return f"{values[0]:.1%}"
    return f"{statistics.mean(values):.1%} ({100 * min(values):.1f}–{100 * max(values):.1f})"


def tables(found: Sequence[Rates], environments: Sequence[str]) -> str:
    """Both tables, in Markdown. The last rows of the first one are the mean of the environments."""
    lines = ["| environment | manner | warm start | after DAPO | gain | least gain |", "|---|---|--:|--:|--:|--:|"]
    for name, over in {**{e: [e] for e in environments}, "mean": environments}.items():
        for manner in (*MANNERS, SENTENCES):
            before, after = (
                [statistics.mean(rates[moment, PLAIN, manner, e] for e in over) for rates in found]
                for moment in MOMENTS
            )
            gains = [b - a for a, b in zip(before, after, strict=True)]
            lines.append(
                f"| {name} | {manner} | {shown(before)} | {shown(after)} | {statistics.mean(gains):+.1%} | {min(gains):+.1%} |"
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
    parser.add_argument(
        "--compare", nargs="+", choices=WAYS, metavar="WAY", help=f"ways of training: {', '.join(WAYS)}"
    )
    parser.add_argument("--temperature", type=float, default=0.0, help="of samples (0: that of training)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the runs")
    parser.add_argument("--warm-start", type=Path, help="the model that these begin with (that of the run with seed 0)")
    options = parser.parse_args()
    plain = varied(None)
    judged = Judged(options.episodes, options.temperature, sentences_of_demonstrations(plain))
    if options.compare:
        start = options.warm_start or trained(options.runs, 0, options.set) / "warm_start"
        found = []
        for way in compared(options.compare, options.seeds, options.runs, start, plain, judged, options.set):
            found.append(way)
            print(comparison(found, plain.environments), flush=True)
        return
    scenarios = {name: varied(edit) for name, edit in VARIATIONS.items()}
    runs = [trained(options.runs, seed, options.set) for seed in options.seeds]
    reading = [labels_read(run, scenarios[PLAIN], options.episodes) for run in runs]
    print(
        f"After the warm start, the right label is the most likely one in {shown(reading)} of held-out conversations.\n"
    )
    rates = [rates_of(run, [*MOMENTS], scenarios, judged) for run in runs]
    print(tables(rates, scenarios[PLAIN].environments))


if __name__ == "__main__":
    main()
