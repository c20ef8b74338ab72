"""Reading a text from outside takes time in proportion to its length, whatever the text is."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from rlve_dsl import readings
from rlve_dsl.catalog.imports.values import at_path, price_of, real_of, text_of, truth_of
from rlve_dsl.catalog.search.lexical import terms_of
from rlve_dsl.diagnostics import suggest
from rlve_dsl.episode import parse_completion, parse_json_action, parse_message
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions import Segment
from rlve_dsl.files import load_text
from rlve_dsl.model_user.checks import problem_of
from rlve_dsl.model_user.request import Unanswered, json_in
from rlve_dsl.model_user.understanding import clauses_in
from rlve_dsl.policy.language.lines import lay_out
from rlve_dsl.readings import only_amount_in, only_name_in
from rlve_dsl.reward.rulings import read
from rlve_dsl.user import Listener, Slot
from rlve_dsl.user.confirming import is_so
from rlve_dsl.user.consent import Thing, Wording, may_propose, read_proposal
from rlve_dsl.user.understanding.texts import words_of
from rlve_dsl.world.scalars import named, structure

LENGTH = 4000
WORST_RATIO = 3.2  # of the times of two texts, one twice as long; it is 2 for linear time and 4 for quadratic time
SHORTEST = 0.001  # seconds; less than this counts as this, so that chance does not decide

DEGENERATE = (
    ".", "!", "?", ",", ". ", "...!", "-", "- ", "\n", " ", "\t", '"', "'", "`", "(", "[", "{", "()", "[[]]", "{}",
    "<tool_call>", "</tool_call>", "<tool_call></tool_call>", "<think>", "<!--", "<!-->", "<a ", "</", "&#", "&#1", "&amp;",
    "word ", "w", "ok. ", "ok ", "Please tell ", "and ", "1", "1.", "1,", "$1 ", "\\", "\\n", "é", "ſ", "\u2028", "😀",
    "</think>", "<tool_call>{}", "<tool_call>[", "<function=x>", "<function=", "<function=x><parameter=a>", "</parameter>",
    "<parameter=a></parameter> ", "```", "```json", "one ", "$1 or ", "a: ", "a:", "#", " #", "and\n", "_", "[&a 1, ", "\n- ", "a.", "Let me check.\n",
    "should i ", "shall i ", "may i ", "would you like me to ", "do you want me to ", "should i, ", "confirm ", "before i ",
    "and why w ", "and shall I return it ", "the return is not ", "w and what, ", "shall I return it and why? ",
    "I will return it. ", "return. Both. ", "I'll send you the red one. ",
)  # fmt: skip
WORDINGS = (Wording("a", ("please tell", "word", "w ok", "return")), Wording("b", ("start the w", "ok and w")))
CONFIRMED = Slot("word", None, "", (Segment("Red w", True),), ((Segment("Which word?", False),),), True, True)
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


def _json_in(text: str) -> None:
    with suppress(Unanswered):
        json_in(text)


READERS: dict[str, Callable[[str], object]] = {
    "a proposal": lambda text: read_proposal(text, text, WORDINGS, (Thing("red w", "R1001", "R1001-1", "a"),)),
    "a proposal about a long name": lambda text: read_proposal(
        f"Please tell the {text}", "", WORDINGS, (Thing("Harvest word 20-jar w ok spice set", "R1", "R1-1", "p"),)
    ),
    "a request that points back": lambda text: read_proposal(
        f"{text} Shall I go ahead?", text, WORDINGS, (Thing("red w", "R1001", "R1001-1", "a"),)
    ),
    "may_propose": may_propose,
    "is_so": lambda text: is_so(f"{text} right?", [CONFIRMED]),
    "understand": LISTENER.understand,
    "words_of": words_of,
    "parse_completion": parse_completion,
    "parse_json_action": parse_json_action,
    "the XML form": lambda text: parse_completion(f"<function=x><parameter=a>{text}</parameter></function>"),
    "a list of texts": lambda text: parse_message({"content": [{"type": "text", "text": text}]}),
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
    "only_amount_in": only_amount_in,
    "only_name_in": lambda text: only_name_in(text, ["delivered", "out_for_delivery"]),
    "truth": readings.truth_of,
    "structure": structure,
    "terms_of": terms_of,
    "lay_out": lay_out,
    "suggest": lambda text: suggest(text, [text + "a", "b" + text]),
    "load_text": _load,
    "json_in": _json_in,
    "clauses_in": clauses_in,
    "a model's wording": lambda text: problem_of(
        f"{text} a b", [Segment(text, False), Segment("a  b", True)], ["a c", "a b c"], ["a d", "word x"]
    ),
}
# a report names every part of a broken mapping, up to the longest line of a file
QUADRATIC_UP_TO_A_LIMIT = {("load_text", part) for part in ("1,", "[&a 1, ", "should i, ", "w and what, ")}


def _seconds(read: Callable[[str], object], text: str) -> float:
    before = time.process_time()
    read(text)
    return time.process_time() - before


def _ratio(read: Callable[[str], object], lead: str, part: str, length: int = LENGTH) -> float:
    """How much longer it takes to read a text in which a part is repeated, when it is repeated twice as often.

    A busy machine makes single readings longer, so the shortest of several counts, taken in turns. What looks slow is read again,
    more and more often: a reader that is not linear stays slow.
    """
    often = length // len(part)
    texts = [lead + part * of for of in (often, 2 * often)]
    shortest = [float("inf")] * len(texts)
    ratio = 0.0
    gc.disable()  # how long looking for garbage takes depends on what other tests have left
    try:
        for times in (1, 4, 20):
            for _ in range(times):
                shortest = [min(best, _seconds(read, text)) for best, text in zip(shortest, texts, strict=True)]
            once, twice = (max(best, SHORTEST) for best in shortest)
            ratio = twice / once
            if ratio < WORST_RATIO:
                break
    finally:
        gc.enable()
    return ratio


@pytest.mark.parametrize("name", READERS)
def test_reading_takes_linear_time(name: str) -> None:
    for part in DEGENERATE:
        if (name, part) in QUADRATIC_UP_TO_A_LIMIT:
            continue
        for lead in ("", "Let me check"):
            assert _ratio(READERS[name], lead, part) < WORST_RATIO, f"{name}: {part!r} repeated"


def test_a_text_of_very_many_lines_is_read_in_linear_time() -> None:
    """Short texts did not show it: for each line of a folded text, the whole text was copied."""
    assert _ratio(_load, "", "and\n", length=64_000) < WORST_RATIO
