"""The corpus of messages, and the weights that were trained on it."""

from __future__ import annotations

import json

import pytest

from benchmarks.corpus.make import HERE, code_of, read_lines
from benchmarks.corpus.train import examples, inputs_digest
from rlve_dsl.user import Listener
from rlve_dsl.user.understanding.scorer import WEIGHTS_FILE


def test_the_weights_were_trained_on_this_corpus_and_these_words() -> None:
    assert json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))["inputs"] == inputs_digest(), (
        "run `python -m benchmarks.corpus.train`"
    )


def test_each_label_names_a_fact_of_its_situation() -> None:
    codes = {}
    for row in read_lines(HERE / "building" / "situations.jsonl"):
        held = [slot for slot in row["slots"] if slot["held"]]
        codes[row["id"]] = {code_of(slot, len({s["part"] for s in held}) > 1) for slot in held}
    for row in read_lines(HERE / "building" / "messages.jsonl"):
        assert set(row["asks"]) <= codes[row["id"]]


@pytest.mark.parametrize("kind", ["goahead", "talk"])
def test_what_asks_nothing_discloses_nothing(kind: str) -> None:
    for example in [example for example in examples("building") if example.kind == kind and not example.asked]:
        situation = example.situation
        understood = Listener(situation.held, situation.absent, prepared=situation.prepared).understand(example.text)
        assert not understood.asked, example.text
