"""What the oracle asks: only what an agent can know to ask, in fluent and varied words."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import pytest

from rlve_dsl.agents import OracleAgent, play
from rlve_dsl.agents.questions import GENERAL, message
from rlve_dsl.agents.solving import Solving
from rlve_dsl.cli import main
from rlve_dsl.compiler import Wordings
from rlve_dsl.english import listed
from rlve_dsl.episode import Asked, Scenario
from rlve_dsl.rng import Stream
from rlve_dsl.user import UNCLEAR, Heard, Listener, ScriptedUser, Slot, Understood, Utterance

SCENARIOS = Path(__file__).parents[2] / "scenarios"

BANK = Wordings(
    facts={"quantity": ("the {item}: how many?", "How many of the {item} do you want")},
    general=("Is that all?",),
    attributes=("What about {items}?",),
    questions={"Has it been opened?": ("Is it sealed?",)},
    words={"ships_in": "delivery time"},
)


def words_of(*questions: Asked, wordings: Wordings = BANK, seed: int = 0, plain: bool = False) -> str:
    return message([(question, wordings) for question in questions], Stream("test", seed), plain=plain)


def test_a_message_ends_with_the_question_for_anything_else() -> None:
    asked = words_of(GENERAL, Asked("quantity", 0, ("mug",), "How many?"))
    assert asked.endswith("s that all?") and "the mug" in asked.lower()


def test_each_sentence_begins_with_a_capital_and_ends_with_a_mark() -> None:
    for seed in range(20):
        asked = words_of(Asked("quantity", 0, ("mug",), "How many?"), GENERAL, seed=seed)
        assert re.fullmatch(r"([A-Z][^.?!]*[.?!] ?)+", asked), asked


def test_attributes_are_asked_about_in_one_question_by_their_usual_names() -> None:
    asked = words_of(
        Asked("wish", about=("color", "size", "ships_in"), text="Do you have a wish about its color or ships_in?")
    )
    assert asked.endswith("What about color, size or delivery time?")


def test_items_of_one_fact_are_often_one_question() -> None:
    pair = [Asked("quantity", key, (name,), f"How many of the {name}?") for key, name in enumerate(("mug", "pan"))]
    said = [words_of(*pair, seed=seed) for seed in range(40)]
    together = sum("mug and the pan" in text for text in said)
    assert 15 < together < 40 and all("mug" in text and "pan" in text for text in said)


def test_what_is_said_of_one_item_is_said_of_one_or_the_other() -> None:
    bank = Wordings(facts={"spare": ("And if the {item} is gone?", "The {item} is scarce. What else?")})
    pair = [Asked("spare", key, (name,), f"What if the {name} is gone?") for key, name in enumerate(("mug", "pan"))]
    said = [words_of(*pair, wordings=bank, seed=seed) for seed in range(20)]
    assert any("mug or the pan is gone" in text for text in said)
    assert not any("and the pan is" in text or "pan is scarce" in text and "mug or" in text for text in said)


def test_a_whole_question_has_other_words_too() -> None:
    assert words_of(Asked("situation", text="Has it been opened?")).endswith("Is it sealed?")


def test_the_wordings_of_a_fact_and_those_of_its_question_are_both_used() -> None:
    bank = Wordings(facts={"number": ("What's the number?",)}, questions={"Which order?": ("How do I find it?",)})
    said = {
        words_of(Asked("number", text="Which order?"), wordings=bank, seed=seed).split(". ")[-1] for seed in range(20)
    }
    assert said == {"What's the number?", "How do I find it?"}


def test_a_sentence_that_begins_with_and_is_not_joined_by_another_and() -> None:
    bank = Wordings(facts={fact: (f"And the {fact}?",) for fact in ("size", "price", "colour")})
    pair = [Asked(fact, text=f"What {fact}?") for fact in bank.facts]
    said = [words_of(*pair, wordings=bank, seed=seed) for seed in range(30)]
    assert not any(re.search(r"\b(?:and|also),? and\b", text, re.IGNORECASE) for text in said)


def test_what_was_not_understood_is_asked_in_the_words_of_the_file() -> None:
    asked = words_of(Asked("quantity", 0, ("mug",), "How many of the mug?"), GENERAL, plain=True)
    assert "How many of the mug?" in asked and "Is that all?" not in asked


@pytest.mark.parametrize(("acts", "again"), [((), True), (("no_preference",), False)])
def test_what_the_user_passes_over_for_another_request_is_asked_again(
    general_cart: Scenario, acts: tuple[str, ...], again: bool
) -> None:
    solving = Solving(
        general_cart.reset("cart", level=4, seed=2).parts[0], 4, lambda *_: True, lambda _, arguments: arguments
    )
    solving.advance()
    asked = {question.fact for question in solving.take_questions()}
    solving.hear(Utterance("Second, I'd like something else.", acts))
    solving.advance()
    assert asked > {""} and ({question.fact for question in solving.take_questions()} >= asked) is again


def test_without_wordings_the_file_is_quoted_in_varied_frames() -> None:
    said = {words_of(Asked("budget", text="What is your budget?"), wordings=Wordings(), seed=n) for n in range(30)}
    assert len(said) > 8 and all("What is your budget?" in text for text in said)


def test_lists_read_as_a_person_writes_them() -> None:
    assert [listed(["a", "b", "c"][:n], " or ") for n in (1, 2, 3)] == ["a", "a or b", "a, b or c"]


# What can be known ----------------------------------------------------------------------------------------------------


def test_questions_do_not_depend_on_what_holds(general_cart: Scenario) -> None:
    """At level 0 most products have no option to choose; the option is asked for all the same."""
    for seed in range(6):
        part = general_cart.reset("cart", level=0, seed=seed).parts[0]
        said = {slot.fact for slot in part.disclosed}
        assert {q.fact for q in part.knowable_questions()} == {"variant", "quantity", "fallback"} - said


def test_a_question_names_only_what_the_user_has_said(c1: Scenario) -> None:
    for seed in range(6):
        part = c1.reset("discovery", level=12, seed=seed).parts[0]
        assert {q.fact for q in part.knowable_questions()} <= {"weights", "favourite"}


def test_a_list_is_never_known_to_be_complete(bundle: Scenario) -> None:
    for level in (0, 12):
        part = bundle.reset("bundle", level=level, seed=1).parts[0]
        assert {"need", "rating"} <= {q.fact for q in part.knowable_questions()}


def test_questions_for_facts_by_name(returns: Scenario) -> None:
    part = returns.reset("returns", level=12, seed=3).parts[0]
    assert {q.fact for q in part.knowable_questions(["reason", "method"])} <= {"reason", "method"}


def test_anything_else_is_asked_until_the_user_has_said_all(c1: Scenario) -> None:
    for seed in range(6):
        episode = c1.reset("discovery", level=12, seed=seed)
        oracle = OracleAgent(episode)
        assert play(episode, oracle).correct
        replies = [turn.reply for turn, asked in zip(episode.turns, oracle.asked, strict=True) if asked]
        assert isinstance(replies[-1], Utterance) and "nothing_more" in replies[-1].acts
        assert all("nothing_more" not in reply.acts for reply in replies[:-1] if reply is not None)


def test_attributes_come_from_the_rows_that_were_shown(c1: Scenario) -> None:
    """A shopper who recalls one wish at a time is asked about the attributes of the products."""
    spec = c1.reset("discovery", level=12, seed=1)
    oracle = OracleAgent(spec)
    play(spec, oracle)
    asked = {fact for turn in oracle.asked for _, fact, _ in turn}
    assert asked <= {"", "weights", "favourite", "wish"}


class HearsNothing(ScriptedUser):
    """Understands no message but the second."""

    def respond(self, heard: Heard) -> Utterance:
        """What it says."""
        return Utterance("What do you mean?", (UNCLEAR,)) if heard.turn == 1 else super().respond(heard)


@pytest.mark.parametrize("user", [ScriptedUser, HearsNothing])
def test_nobody_who_wants_money_is_asked_for_a_replacement(returns: Scenario, user: type[ScriptedUser]) -> None:
    """Neither at first nor when what was not understood is asked again."""
    told: Counter[str] = Counter()
    for seed in range(12):
        episode = returns.reset("returns", level=6, seed=seed, user=user)
        oracle = OracleAgent(episode)
        play(episode, oracle)
        asked = {fact for turn in oracle.asked for _, fact, _ in turn}
        wish = episode.parts[0].said["wish"]["value"]
        assert bool(asked & {"replacement", "option", "fallback"}) == (wish == "a replacement"), episode.opening
        told[wish] += 1
    assert len(told) == 2


# Demonstrations -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What the agent says in each of the demonstrations that the verb writes."""
    path = tmp_path_factory.mktemp("demos") / "demos.jsonl"
    assert main(["demos", str(SCENARIOS / "c8.yaml"), "--episodes", "208", "--out", str(path)]) == 0
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [[m["content"] for m in row["messages"] if m["role"] == "assistant" and m["content"]] for row in rows]


def test_demonstrations_hold_no_name_of_a_field_and_no_template(written: list[list[str]]) -> None:
    for text in chain.from_iterable(written):
        assert not re.search(r"\b[a-z]+_[a-z_]+\b|[{}]", text), text


def test_demonstrations_are_written_in_whole_sentences(written: list[list[str]]) -> None:
    for text in chain.from_iterable(written):
        assert text[0].isupper() and text[-1] in ".?!" and "  " not in text, text


def test_no_question_is_in_more_than_5_percent_of_the_demonstrations(written: list[list[str]]) -> None:
    counts = Counter(
        sentence for texts in written for sentence in {s for text in texts for s in re.findall(r"[^.?!]+\?", text)}
    )
    asked, count = counts.most_common(1)[0]
    assert count <= 0.05 * len(written), (asked, count)


def _brings_out_what_is_open(understood: Understood, slots: Sequence[Slot]) -> bool:
    """ "What else do you need?" may be heard as the question for what is left out of a list."""
    return understood.general or (bool(understood.asked) and all(slots[index].omitted for index in understood.asked))


def test_general_questions_are_heard_as_such(c8: Scenario) -> None:
    for name in c8.environments:
        part = c8.reset(name, level=6, seed=4).parts[0]
        listener = Listener(part.drawn.slots, part.absent, part.environment.words)
        bank = part.environment.wordings.general
        missed = [text for text in bank if not _brings_out_what_is_open(listener.understand(text), part.drawn.slots)]
        assert len(missed) <= 0.03 * len(bank), (name, missed)
