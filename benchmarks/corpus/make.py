"""Turns what writers wrote into a part of the corpus, and brings the corpus up to date with the scenario files.

python -m benchmarks.corpus.make PART FOLDER WRITER... [--scenarios FOLDER]   (`FOLDER/w1.situations.jsonl`, `w1.corpus.jsonl`)
    What the part has of other writers stays.
python -m benchmarks.corpus.make PART --lines FILE...   (`FOLDER/w21.jsonl`: a situation with its messages in a line)
python -m benchmarks.corpus.make PART --refresh [--scenarios FOLDER]

A situation is complete in itself: it holds what the shopper could be asked for, as the scenario files said it. `--refresh`
renders the questions again from the files, for each situation whose facts are still the same.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from rlve_dsl.compiler import absent_slots
from rlve_dsl.episode import Scenario, load
from rlve_dsl.expressions import Segment
from rlve_dsl.user import Slot
from rlve_dsl.values import Json, JsonObject

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[1] / "scenarios"


def read_lines(path: Path) -> list[JsonObject]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_lines(path: Path, rows: Iterable[JsonObject]) -> None:
    """Write a file of JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def situation_of(raw: JsonObject, scenarios: Path) -> JsonObject:
    """A writer's situation as the corpus keeps it."""
    kept = {key: raw[key] for key in ("id", "env", "collection", "level", "seed", "log") if key in raw}
    return kept | {"slots": _foreign(raw) if "collection" not in raw else _rendered(kept, _parts(raw), scenarios)}


def refreshed(situation: JsonObject, scenarios: Path) -> JsonObject:
    """A situation as the files say it now, if it is from a shipped environment and its facts are still the same."""
    if "collection" not in situation:
        return situation
    slots = _rendered(situation, _parts(situation), scenarios)
    same = _facts(slots) == _facts(situation["slots"])
    return situation | {"slots": slots} if same else situation


def code_of(slot: JsonObject, several: bool) -> str:
    """How labels name a slot: `reason`, `variant[0]`, and `2.wish[1]` where there are several requests."""
    key = "" if slot["key"] is None else f"[{slot['key']}]"
    return (f"{slot['part']}." if several else "") + slot["fact"] + key


def writer_of(id_: str) -> str:
    """The writer of a situation or a message, by its id: `w1` of `w1-cart-3`."""
    return id_.partition("-")[0]


def _parts(situation: JsonObject) -> set[int]:
    return {slot["part"] for slot in situation["slots"]}


def _facts(slots: Sequence[JsonObject]) -> list[tuple[Json, ...]]:
    held = [slot for slot in slots if slot["held"]]
    return [(s["part"], s["fact"], s["key"], "".join(text for text, _ in s["says"])) for s in held]


@cache
def _scenario(path: Path) -> Scenario:
    return load(str(path))


def _rendered(situation: JsonObject, parts: set[int], scenarios: Path) -> list[JsonObject]:
    """The slots of the requests that had been raised, held ones first."""
    scenario = _scenario(scenarios / f"{situation['collection']}.yaml")
    episode = scenario.reset(situation["env"], level=situation["level"], seed=situation["seed"])
    raised = [part for part in episode.parts if part.number in parts]
    held = [_slot(slot, True) for part in raised for slot in part.drawn.slots]
    return held + [_slot(slot, False) for part in raised for slot in absent_slots(part.drawn, part.number)]


def _slot(slot: Slot, held: bool) -> JsonObject:
    return {
        "part": slot.part,
        "fact": slot.fact,
        "key": slot.key,
        "value": str(slot.value),
        "says": _pieces(slot.says),
        "asks": [_pieces(ask) for ask in slot.asks],
        "about": list(slot.about),
        "options": list(slot.options),
        "omitted": slot.omitted,
        "held": held,
    }


def _pieces(segments: Sequence[Segment]) -> list[Json]:
    return [[segment.text, segment.is_value] for segment in segments]


def _foreign(raw: JsonObject) -> list[JsonObject]:
    """The slots of a situation of no shipped environment."""
    return [
        {
            "part": slot["part"],
            "fact": slot["fact"],
            "key": slot["key"],
            "value": slot["value"],
            "says": list(_split(slot["says"], slot["value"])),
            "asks": slot["asks"],
            "about": [],
            "options": slot["values"],
            "omitted": slot["omitted"],
            "held": True,
        }
        for slot in raw["slots"]
    ]


def _split(says: str, value: str) -> Iterator[Json]:
    before, found, after = says.partition(value)
    yield from ([text, is_value] for text, is_value in ((before, False), (found, True), (after, False)) if text)


def _with_absent(situations: Sequence[JsonObject]) -> None:
    """Give situations of a foreign environment the facts that hold in others of it, as `if:` in a file of it would."""
    for situation in situations:
        mine = {slot["fact"] for slot in situation["slots"]}
        others = [
            s for o in situations if o["env"] == situation["env"] for s in o["slots"] if s["held"] and s["key"] is None
        ]
        for slot in {s["fact"]: s for s in others if s["fact"] not in mine}.values():
            situation["slots"].append({**slot, "value": "None", "says": [], "omitted": False, "held": False})
        situation["slots"] += _absent_items(situation["slots"])


def _absent_items(slots: Sequence[JsonObject]) -> Iterator[JsonObject]:
    """A fact about the items of a list, for those items that lack it: the question names another item."""
    keyed = [slot for slot in slots if slot["held"] and slot["key"] is not None]
    for fact in dict.fromkeys(slot["fact"] for slot in keyed):
        own = {slot["key"]: slot for slot in keyed if slot["fact"] == fact}
        example = next(iter(own.values()))
        named = {text for ask in example["asks"] for text, is_value in ask if is_value}
        items = next((s["fact"] for s in keyed if s["key"] == example["key"] and s["value"] in named), None)
        for item in keyed:
            if item["fact"] == items and item["key"] not in own:
                asks = [
                    [[item["value"] if is_value else text, is_value] for text, is_value in a] for a in example["asks"]
                ]
                yield {
                    **example,
                    "key": item["key"],
                    "value": "None",
                    "says": [],
                    "asks": asks,
                    "omitted": False,
                    "held": False,
                }


def from_lines(path: Path) -> tuple[list[JsonObject], list[JsonObject]]:
    """The situations and the messages of a writer whose file has both in a line; the writer is the name of the file."""
    situations: list[JsonObject] = []
    messages: list[JsonObject] = []
    for number, raw in enumerate(read_lines(path), 1):
        id_ = f"{path.stem}-{raw['env']}-{number}"
        slots = [_written(fact, True) for fact in raw["facts"]] + [_written(f, False) for f in raw.get("absent", ())]
        log = [["user", raw["opening"]]]
        situations.append({"id": id_, "env": raw["env"], "log": log, "slots": slots})
        codes = [code_of(slot, False) for slot in slots if slot["held"]]
        for n, message in enumerate(raw["messages"], 1):
            asks = [code for ask in message["asks"] for code in _codes(ask, codes)]
            messages.append({"id": id_, "n": n, **message, "asks": asks})
    return situations, messages


def _codes(ask: str, codes: Sequence[str]) -> list[str]:
    """A code as it is, or those of all items of a fact where a label names none."""
    return [ask] if ask in codes else [code for code in codes if code.partition("[")[0] == ask]


def _written(fact: JsonObject, held: bool) -> JsonObject:
    says = _braced(fact.get("says", ""))
    values = [text for text, is_value in says if is_value]
    return {
        "part": 1,
        "fact": fact["fact"],
        "key": fact.get("key"),
        "value": values[-1] if values else "None",
        "says": says,
        "asks": [_braced(ask) for ask in fact["asks"]],
        "about": fact.get("about", []),
        "options": fact.get("options", []),
        "omitted": held and fact.get("omitted", True),
        "held": held,
    }


def _braced(text: str) -> list[Json]:
    """The pieces of a text whose values stand in braces."""
    return [[part, place % 2 == 1] for place, part in enumerate(re.split(r"[{}]", text)) if part]


def _put(part: str, writers: Sequence[str], situations: Sequence[JsonObject], messages: Sequence[JsonObject]) -> None:
    """Put what these writers wrote into a part of the corpus in place of what it has of them."""
    for name, rows in (("situations", situations), ("messages", messages)):
        path = HERE / part / f"{name}.jsonl"
        kept = [row for row in read_lines(path) if writer_of(row["id"]) not in writers] if path.exists() else []
        write_lines(path, [*kept, *rows])


def make(part: str, folder: Path, writers: Sequence[str], scenarios: Path) -> None:
    """Write what these writers wrote into a part of the corpus."""
    situations = [
        situation_of(raw, scenarios) for writer in writers for raw in read_lines(folder / f"{writer}.situations.jsonl")
    ]
    _with_absent([situation for situation in situations if "collection" not in situation])
    messages = [row for writer in writers for row in read_lines(folder / f"{writer}.corpus.jsonl")]
    _put(part, writers, situations, messages)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["building", "measured"])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("writers", nargs="*")
    parser.add_argument("--refresh", action="store_true")
    parser.add_argument("--lines", type=Path, nargs="+", default=())
    parser.add_argument("--scenarios", type=Path, default=SCENARIOS)
    options = parser.parse_args()
    for path in options.lines:
        _put(options.part, [path.stem], *from_lines(path))
    if options.lines:
        return
    if options.refresh:
        path = HERE / options.part / "situations.jsonl"
        write_lines(path, [refreshed(situation, options.scenarios) for situation in read_lines(path)])
    else:
        make(options.part, options.folder, options.writers, options.scenarios)


if __name__ == "__main__":
    main()
