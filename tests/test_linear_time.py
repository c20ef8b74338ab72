"""Reading a text from outside takes time in proportion to its length, whatever the text is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from rlve_dsl.catalog.imports.values import at_path, price_of, real_of, text_of, truth_of
from rlve_dsl.catalog.search.lexical import terms_of
from rlve_dsl.diagnostics import suggest
from rlve_dsl.episode import parse_completion, parse_json_action, parse_message
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions import Segment
from rlve_dsl.files import load_text
from rlve_dsl.policy.language.lines import lay_out
from rlve_dsl.reward.rulings import read
from rlve_dsl.user import Listener, Slot
from rlve_dsl.user.understanding.texts import words_of
from rlve_dsl.world.scalars import named

LENGTH = 4000
WORST_RATIO = 3.2  # of the times of two texts, one twice as long; it is 2 for linear time and 4 for quadratic time
SHORTEST = 0.001  # seconds; less than this counts as this, so that chance does not decide

DEGENERATE = (
    ".", "!", "?", ",", ". ", "...!", "-", "- ", "\n", " ", "\t", '"', "'", "`", "(", "[", "{", "()", "[[]]", "{}",
    "<tool_call>", "</tool_call>", "<tool_call></tool_call>", "<think>", "<!--", "<!-->", "<a ", "</", "&#", "&#1", "&amp;",
    "word ", "w", "ok. ", "ok ", "Please tell ", "and ", "1", "1.", "1,", "$1 ", "\\", "\\n", "é", "ſ", "\u2028", "😀",
    "a: ", "a:", "#", " #", "and\n", "_", "[&a 1, ", "\n- ", "a.", "Let me check.\n",
)  # fmt: skip
LISTENER = Listener(
    [
        Slot(fact, None, "", (), ((Segment(ask, False),),), True, True)
        for fact, ask in (
            ("color", "Which color would you like?"),
            ("count", "How many of the pot?"),
            ("size", "What size is the pan?"),
        )
    ]
)


def _load(text: str) -> None:
    for yaml in (text, f"a: {{b: {text}}}", f"kind: Environment\n{json.dumps(text)}: 1\nbrief: {json.dumps(text)}\n"):
        with pytest.raises(ScenarioError):
            load_text(yaml, "a.yaml")


READERS: dict[str, Callable[[str], object]] = {
    "understand": LISTENER.understand,
    "words_of": words_of,
    "parse_completion": parse_completion,
    "parse_json_action": parse_json_action,
    "a message in JSON": lambda text: parse_json_action(json.dumps({"assistant_message": text})),
    "parse_message": lambda text: parse_message(
        {"content": text, "tool_calls": [{"function": {"name": "x", "arguments": text}}]}
    ),
    "rulings": read,
    "text_of": text_of,
    "price_of": lambda text: price_of(text, "$"),
    "real_of": lambda text: real_of(text, 0, 5),
    "truth_of": truth_of,
    "at_path": lambda text: at_path({"a": text}, "a.b.c"),
    "named": named,
    "terms_of": terms_of,
    "lay_out": lay_out,
    "suggest": lambda text: suggest(text, [text + "a", "b" + text]),
    "load_text": _load,
}
# a report names every part of a broken mapping, up to the longest line of a file
QUADRATIC_UP_TO_A_LIMIT = {("load_text", "1,"), ("load_text", "[&a 1, ")}


def _seconds(read: Callable[[str], object], text: str, times: int) -> float:
    best = float("inf")
    for _ in range(times):
        before = time.process_time()
        read(text)
        best = min(best, time.process_time() - before)
    return max(best, SHORTEST)


def _ratio(read: Callable[[str], object], text: str, times: int) -> float:
    return _seconds(read, text + text, times) / _seconds(read, text, times)


@pytest.mark.parametrize("name", READERS)
def test_reading_takes_linear_time(name: str) -> None:
    for part in DEGENERATE:
        if (name, part) in QUADRATIC_UP_TO_A_LIMIT:
            continue
        text = (part * LENGTH)[:LENGTH]
        for given in (text, f"Let me check{text}"):
            ratio = _ratio(READERS[name], given, 1)
            if ratio >= WORST_RATIO:  # by chance?
                ratio = _ratio(READERS[name], given, 5)
            assert ratio < WORST_RATIO, f"{name}: {part!r} repeated"
