"""Plain questions for a preference: of what no wish is about the shopper says so, and of what one is about it tells."""

from __future__ import annotations

import pytest

from rlve_dsl.episode import Action
from rlve_dsl.user.protocol import Utterance
from rlve_dsl.user.understanding.plain import is_plain
from tests.conftest import shipped

FORMS = (
    "Do you have a preference for the {}?",
    "Which {} would you like?",
    "What {} are you looking for?",
    "Any preference on {}?",
    "Is there a particular {} you want?",
    "Do you care about the {}?",
)


def reply_to(environment: str, seed: int, message: str, level: int = 5) -> Utterance:
    episode = shipped("c8.yaml").reset(environment, level=level, seed=seed)
    episode.step(Action(message=message))
    reply = episode.turns[-1].reply
    assert reply is not None
    return reply


@pytest.mark.parametrize("form", FORMS)
def test_of_what_nothing_is_held_about_most_plain_questions_are_answered_with_no_preference(form: str) -> None:
    things = ("colour", "warranty", "country of origin", "pattern")
    replies = [reply_to("bundle", seed, form.format(thing)) for seed, thing in enumerate(things)]
    assert sum("no_preference" in reply.acts for reply in replies) >= len(things) - 1, [r.text for r in replies]


@pytest.mark.parametrize("environment", ["discovery", "substitution"])
def test_no_wish_is_denied_to_a_plain_question_that_names_its_attribute(environment: str) -> None:
    told = asked = 0
    for seed in range(30):
        slots = shipped("c8.yaml").reset(environment, level=5, seed=seed).parts[0].drawn.slots
        for slot in (slot for slot in slots if slot.fact == "wish" and slot.omitted):
            name = next(segment.text for ask in slot.asks for segment in ask if segment.is_value)
            reply = reply_to(environment, seed, FORMS[seed % len(FORMS)].format(name))
            assert "no_preference" not in reply.acts, (name, reply.text)
            told += slot.id in [other.id for other in reply.answered]
            asked += 1
    assert told > 0.9 * asked


@pytest.mark.parametrize(
    "message",
    [
        "Which colour would you like? And what is your budget?",
        "I found a red one for $20. Which colour would you like?",
        "Will anyone be at home?",
        "Anything else?",
        "Which one would you like?",
        "Is there anything you'd like to add?",
        "Is there a concert coming up?",
        "Do you have any dogs?",
    ],
)
def test_other_questions_are_not_plain(message: str) -> None:
    assert not is_plain(message)
