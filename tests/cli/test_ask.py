"""`rlve-dsl ask`: what a message is understood as, and the reply."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rlve_dsl.cli.question_files import misheard, name_of
from rlve_dsl.user import Listener, Near, Understood
from tests.cli.conftest import Run
from tests.user.slots import slot

ASK = ("ask", "scenarios/c8.yaml", "--env", "returns", "--level", "6", "--seed", "3")


def test_a_message_is_shown_with_what_it_asks_for_and_the_reply(run: Run) -> None:
    ran = run(*ASK, "Why are you sending it back?")
    assert ran.code == 0 and "understood as: question for reason" in ran.out
    assert ran.out.count("user") == 2 and "a part was not understood" not in ran.out
    assert "the next likeliest fact: " in ran.out and ", and it counts from 0.85 on)" in ran.out


def test_the_likeliest_fact_is_shown_however_unlikely_where_none_is_asked_for(run: Run) -> None:
    ran = run(*ASK, "Do you like cats?")
    assert ran.code == 0 and "understood as: unclear\nthe likeliest fact: " in ran.out
    assert "(0.0" in ran.out and ", and it counts from " in ran.out


@pytest.mark.parametrize(
    ("missed", "which"), [("first", "the first thing"), ("last", "the last thing"), ("other", "one of the things")]
)
def test_a_part_that_was_not_understood_is_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch, missed: str, which: str
) -> None:
    understood = Understood((0,), missed=missed)  # type: ignore[arg-type]
    monkeypatch.setattr(Listener, "understand", lambda self, message: understood)
    ran = run(*ASK, "Why are you sending it back, and how?")
    assert f"a part was not understood: {which} that it asks for" in ran.out


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (
            "Shall I return it, and why do you send it back?",
            ["question for reason beside a request for a go-ahead", "called `return`", "the user agrees"],
        ),
        ("Shall I return it by courier?", ["return.initiate", "refuses: it names another value of method"]),
        (
            "Shall I refund you?",
            [
                "go ahead",
                "called `refund`, of anything (it names nothing that the user knows or a tool has shown)",
                "refuses: an entry of `confirm:` holds",
            ],
        ),
        ("Shall I return everything in that order?", ["of anything, all there is", "the user refuses"]),
        ("Shall I go ahead?", ["understood as: go ahead", "it proposes nothing: the user asks with what"]),
    ],
)
def test_a_proposal_is_shown_with_what_the_shopper_says_to_it(run: Run, message: str, shown: list[str]) -> None:
    ran = run(*ASK, message)
    assert ran.code == 0 and not [text for text in shown if text not in ran.out], ran.out
    assert "for method" not in ran.out


def test_an_empty_message_is_nothing(run: Run) -> None:
    ran = run(*ASK, "")
    assert ran.code == 0 and "an empty message is nothing" in ran.out and "understood as" not in ran.out


# Files of questions ------------------------------------------------------------------------------------------------

REASON, METHOD = 1, 2  # the places of these facts in the episode of ASK
HEARD = {
    "Why?": Understood((REASON,)),
    "Why, and how?": Understood((REASON,)),
    "Why, and how so?": Understood((METHOD, REASON)),
    "Hm?": Understood(unclear=True),
    "Cats?": Understood(no_view=True),
    "Fine.": Understood(),
    "What else?": Understood(general=True),
    "Why, and what else?": Understood((REASON,), general=True),
}
QUESTIONS = """# why and how
Why? => reason

  Why, and how? => reason, method
Why, and how so? => method
Why, and how so?=>reason,method
Hm? => reason
Hm?
Cats? => reason
Cats? =>
Fine. => reason
What else? => whatever is open
What else?
Why, and what else? => reason
Why, and what else? => reason, whatever is open
Why? => reason, whatever is open
"""


NEAR = {
    "Why, and how?": (Near(REASON, 0.99, None), Near(METHOD, 0.849, 0.85)),
    "Why, and how so?": (Near(REASON, 0.871, None), Near(METHOD, 0.9, None)),
    "Hm?": (Near(REASON, 0.001, 0.55),),
    "Fine.": (Near(REASON, 0.6, None),),
}


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shopper understands the messages of `HEARD` as these say: what the networks make of them is no matter here."""
    monkeypatch.setattr(Listener, "understand", lambda self, message: HEARD[message])
    monkeypatch.setattr(Listener, "explain", lambda self, message: replace(HEARD[message], near=NEAR.get(message, ())))


@pytest.mark.usefixtures("heard")
def test_the_questions_of_a_file_that_are_not_understood_exactly_are_shown_and_all_are_counted(
    run: Run, workspace: Path
) -> None:
    (workspace / "questions.txt").write_text(QUESTIONS, encoding="utf-8-sig")
    ran = run(*ASK, "--file", "questions.txt")
    assert ran.code == 0 and not ran.err and not ran.wrote
    assert ran.out.splitlines() == [
        (
            "questions.txt:4: in part: Why, and how? => reason, method; understood as: question for reason; "
            "missed: method (0.84, and it counts from 0.85 on)"
        ),
        (
            "questions.txt:5: wrong: Why, and how so? => method; understood as: question for method, reason; "
            "too much: reason (0.87)"
        ),
        (
            "questions.txt:7: asked back: Hm? => reason; understood as: unclear; "
            "missed: reason (0.00, and it counts from 0.55 on)"
        ),
        'questions.txt:9: "no preference": Cats? => reason; understood as: no view; missed: reason',
        (
            "questions.txt:11: wrong: Fine. => reason; understood as: talk; "
            "missed: reason (0.60, but the message is no question as a whole)"
        ),
        "questions.txt:13: wrong: What else? => no fact; understood as: general; too much: whatever is open",
        (
            "questions.txt:14: wrong: Why, and what else? => reason; understood as: question for reason and for whatever is open; "
            "too much: whatever is open"
        ),
        (
            "questions.txt:16: in part: Why? => reason, whatever is open; understood as: question for reason; "
            "missed: whatever is open"
        ),
        '14 questions: 6 exactly, 2 in part, 1 asked back, 4 wrong, 1 "no preference"',
    ]


@pytest.mark.usefixtures("heard")
def test_the_same_as_data_has_every_question(run: Run, workspace: Path) -> None:
    (workspace / "questions.txt").write_text(QUESTIONS, encoding="utf-8")
    made = json.loads(run(*ASK, "--file", "questions.txt", "--json").out)
    assert made["totals"] == {"exactly": 6, "in_part": 2, "asked_back": 1, "wrong": 4, "no_preference": 1}
    assert [row["line"] for row in made["questions"]] == [2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    assert made["questions"][1] == {
        "line": 4,
        "question": "Why, and how?",
        "expected": ["reason", "method"],
        "understood": ["reason"],
        "understood_as": "question for reason",
        "verdict": "in_part",
        "missed": [{"fact": "method", "likely": 0.849, "counts_from": 0.85}],
        "too_much": [],
    }
    rows = {row["line"]: (row["missed"], row["too_much"]) for row in made["questions"]}
    assert rows[2] == ([], []), "exactly"
    assert rows[5] == ([], [{"fact": "reason", "likely": 0.871}])
    assert rows[9] == ([{"fact": "reason", "likely": None, "counts_from": None}], []), "no network was asked"


def test_each_question_is_understood_as_if_it_were_the_first(run: Run, workspace: Path) -> None:
    """ "Shall I go ahead?" alone says nothing of with what, although the line before says it."""
    (workspace / "questions.txt").write_text(
        "I'm about to return it.\nShall I go ahead? => reason\nWhy are you sending it back? => reason\n" * 2,
        encoding="utf-8",
    )
    ran = run(*ASK, "--file", "questions.txt")
    wrong = [
        f"questions.txt:{line}: wrong: Shall I go ahead? => reason; understood as: go ahead; missed: reason"
        for line in (2, 5)
    ]
    assert ran.code == 0 and ran.out.splitlines()[:-1] == wrong, "the networks are not asked about it"
    assert ran.out.splitlines()[-1].startswith("6 questions: 4 exactly, ")


def test_the_name_of_a_fact_that_several_items_have_means_all_of_them(run: Run, workspace: Path) -> None:
    text = "How many of each? => quantity\nHow many of each? => quantity[0], quantity[1], quantity[2]\n"
    (workspace / "questions.txt").write_text(text + "How many of each? => quantity[1]\n", encoding="utf-8")
    cart = ("ask", "scenarios/c8.yaml", "--env", "cart", "--level", "6", "--seed", "3")
    ran = run(*cart, "--file", "questions.txt")
    as_they_are = "question for quantity[0], quantity[1], quantity[2]; too much: quantity[0], quantity[2] (0."
    wrong, totals = ran.out.splitlines()
    assert wrong.startswith(f"questions.txt:3: wrong: How many of each? => quantity[1]; understood as: {as_they_are}")
    assert totals == '3 questions: 2 exactly, 0 in part, 0 asked back, 1 wrong, 0 "no preference"'


@pytest.mark.parametrize(
    ("likely", "shown"),
    [
        ((0.1, 0.2, 0.419), "quantity[0], quantity[1], quantity[2] (0.10 to 0.41, and it counts from 0.55 on)"),
        ((0.2, 0.2, 0.2), "quantity[0], quantity[1], quantity[2] (0.20, and it counts from 0.55 on)"),
    ],
)
def test_the_items_of_a_fact_are_told_together(likely: tuple[float, ...], shown: str) -> None:
    held = [slot("quantity", "{two}", "How many?", key=key) for key in range(3)]
    explained = Understood(unclear=True, near=tuple(Near(key, share, 0.55) for key, share in enumerate(likely)))
    assert str(misheard([name_of(one) for one in held], explained, held)) == f"missed: {shown}"


def test_every_mistake_of_a_file_is_told_with_its_place(run: Run, workspace: Path) -> None:
    (workspace / "questions.txt").write_text("Why? => method, resaon\n => reason\nHow? => sheep\n", encoding="utf-8")
    ran = run(*ASK, "--file", "questions.txt")
    assert ran.code == 3 and not ran.out
    for shown in (
        "error[R205]: there is no fact `resaon`\n --> questions.txt:1:17\n",
        "1 | Why? => method, resaon\n  |                 ^^^^^^ did you mean `reason`?\n",
        "error[S106]: there is no question before `=>`\n --> questions.txt:2:2\n",
        "error[R205]: there is no fact `sheep`\n --> questions.txt:3:9\n",
        "= help: write `item`, `reason`, `method`",
    ):
        assert shown in ran.err, ran.err


@pytest.mark.parametrize(
    ("environment", "level", "seed", "fact", "why"),
    [
        ("returns", "2", "1", "option", "its `if:` does not hold here: try another --seed or --level"),
        ("journey", "2", "0", "quantity", "it belongs to a request that the user has not raised yet"),
    ],
)
def test_why_the_shopper_does_not_hold_a_fact_is_told(
    run: Run, workspace: Path, environment: str, level: str, seed: str, fact: str, why: str
) -> None:
    (workspace / "questions.txt").write_text(f"Which one? => {fact}\n", encoding="utf-8")
    options = ("--env", environment, "--level", level, "--seed", seed, "--file", "questions.txt")
    ran = run("ask", "scenarios/c8.yaml", *options)
    assert ran.code == 3 and f"this episode does not hold the fact `{fact}`" in ran.err and why in ran.err


@pytest.mark.parametrize("text", ["", "\n  \n", "# nothing\n"])
def test_a_file_without_a_question_is_told(run: Run, workspace: Path, text: str) -> None:
    (workspace / "questions.txt").write_text(text, encoding="utf-8")
    ran = run(*ASK, "--file", "questions.txt")
    assert ran.code == 3 and "error[S112]: there is no question in this file" in ran.err


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ((), "give a MESSAGE, or --file QUESTIONS, and not both"),
        (("Why?", "--file", "notes.txt"), "give a MESSAGE, or --file QUESTIONS, and not both"),
        (("Why?", "--json"), "--json needs --file"),
        (("--file", "nowhere.txt"), "`nowhere.txt` cannot be read: no such file or directory"),
        (("--file", "empty"), "`empty` cannot be read: is a directory"),
        (("--file", "pipe"), "`pipe` cannot be read: not a regular file"),
        (("--file", "large.txt"), "`large.txt` cannot be read: more than 4 MB"),
        (("--file", "binary.yaml"), "`binary.yaml` is not UTF-8 text: byte 129 cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_told(run: Run, workspace: Path, options: tuple[str, ...], shown: str) -> None:
    with (workspace / "large.txt").open("wb") as file:
        file.truncate(4_000_001)
    if "pipe" in options:
        os.mkfifo(workspace / "pipe")
    ran = run(*ASK, *options)
    assert ran.code == 2 and not ran.out and ran.err == f"rlve-dsl ask: {shown}\n"
