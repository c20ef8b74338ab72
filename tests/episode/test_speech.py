"""What the shopper of a shipped environment types: many phrasings in each tone, every value, no fault."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.english import faults
from rlve_dsl.episode import Action, Scenario
from rlve_dsl.expressions import Segment
from rlve_dsl.user import Role, ScriptedUser, Slot
from rlve_dsl.user.wording import stated
from tests.conftest import shipped

SCENARIOS = Path(__file__).parents[2] / "scenarios"
COLLECTIONS = (
    "c8.yaml",
    "examples/gifts.yaml",
    "examples/reorders.yaml",
    "examples/send-backs.yaml",
    "examples/warranty.yaml",
)
TONES = {"plain", "brief", "warm"}
FEWEST = 40
GREETING = re.compile(r"\b(?:Hello|Hi|Hey|Good afternoon)\b")


@pytest.fixture(scope="module", params=COLLECTIONS)
def scenario(request: pytest.FixtureRequest) -> Scenario:
    return shipped(request.param)


def role(scenario: Scenario, name: str, level: int, seed: int) -> Role:
    roles: list[Role] = []

    def user(role: Role) -> ScriptedUser:
        roles.append(role)
        return ScriptedUser(role)

    scenario.reset(name, level=level, seed=seed, user=user)
    return roles[0]


def masked(words: tuple[Segment, ...]) -> str:
    return "".join("·" if segment.is_value else segment.text for segment in words)


def frame(role: Role) -> tuple[str, ...]:
    """The phrasing of the first request's opening without its values; a list counts as one sentence."""
    request = role.requests[0]
    told: dict[str, Slot] = {slot.fact: slot for slot in reversed(request.slots) if not slot.omitted}
    # what stands in a sentence of the policy is a value too: only what an author can word counts
    says = [masked(slot.says) for slot in told.values() if not hasattr(slot.value, "get") or "says" not in slot.value]
    return (masked(request.opening), *says)


def test_every_environment_has_many_phrasings_in_each_tone(scenario: Scenario) -> None:
    for name in scenario.environments:
        tones = {tone for part in scenario.compiled.environments[name].parts.values() for tone in part.tones}
        found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for seed in range(600):
            drawn = role(scenario, name, 0, seed)
            greetings = drawn.acts["greet"]
            found[drawn.tone] |= {(greeting, *frame(drawn)) for greeting in greetings}
            if len(found) == len(tones) and min(map(len, found.values())) >= FEWEST:
                break
        assert {tone: len(frames) >= FEWEST for tone, frames in found.items()} == dict.fromkeys(tones, True), name


def test_a_value_that_is_disclosed_is_in_the_text(scenario: Scenario) -> None:
    for name in scenario.environments:
        for seed in range(6):
            drawn = role(scenario, name, 0, seed)
            slots = [slot for slot in drawn.requests[0].slots if not slot.omitted]
            values = [s.text for slot in slots for s in slot.says if s.is_value and not s.mention]
            text = scenario.reset(name, level=0, seed=seed).opening
            assert [value for value in values if value not in text] == []
            joined = ["".join(s.text for s in words) for words in stated(slots, drawn.stream, 1)]
            assert all(value in " ".join(joined) for value in values)


def test_no_opening_and_no_reply_has_a_fault(scenario: Scenario) -> None:
    for name in scenario.environments:
        for seed in range(8):
            episode = scenario.reset(name, level=0, seed=seed)
            questions = " ".join(question for part in episode.open_parts for _, _, question in part.questions())
            replies = episode.step(Action(questions or "Hello.")).observation.messages
            for text in (episode.opening, *(m["content"] for m in replies if m["role"] == "user")):
                assert list(faults(text)) == [], text


def test_a_reply_greets_once_and_only_at_first(scenario: Scenario) -> None:
    for name in scenario.environments:
        for seed in range(12):
            episode = scenario.reset(name, level=0, seed=seed)
            assert len(GREETING.findall(episode.opening)) == 1
            reply = episode.step(Action("One moment, please.")).observation.messages
            assert not any(GREETING.search(m["content"]) for m in reply if m["role"] == "user")


def test_a_hurried_shopper_is_brief() -> None:
    scenario = shipped("environments/cart.yaml")
    hurried = rlve_dsl.files.load(str(SCENARIOS / "users" / "hurried.yaml")).spec
    assert isinstance(hurried, rlve_dsl.files.User) and hurried.tone == ("brief",)
    assert {role(scenario, "cart", 0, seed).tone for seed in range(30)} == TONES


def words(slot: Slot) -> str:
    return "".join(segment.text for segment in slot.says)


def slots_of(collection: str, name: str, level: int, facts: set[str]) -> list[Slot]:
    """The slots of these facts in thirty episodes."""
    scenario = shipped(collection)
    roles = [role(scenario, name, level, seed) for seed in range(30)]
    return [slot for drawn in roles for slot in drawn.requests[0].slots if slot.fact in facts]


def test_the_reason_of_a_return_calls_nothing_it_as_it_may_be_sandals() -> None:
    said = {words(slot) for slot in slots_of("c8.yaml", "returns", 6, {"reason", "replacement"})}
    assert len(said) > 20
    assert not [text for text in said if re.search(r"\b(?:it|its)\b(?!'s because)", text, re.IGNORECASE)]


def test_each_thing_that_can_wait_has_its_article() -> None:
    several = [words(slot) for slot in slots_of("c8.yaml", "bundle", 7, {"waits"}) if len(slot.value) > 1]  # type: ignore[arg-type]
    assert several and all(re.search(r"\bthe .+ and the ", text) for text in several)


def test_how_many_of_what_is_added_to_an_order_is_told_when_asked_for_and_not_unasked() -> None:
    slots = slots_of("examples/reorders.yaml", "reorder", 5, {"quantity"})
    added = [slot for slot in slots if slot.key]
    assert len(added) == 30 and all(slot.omitted and slot.value == 1 for slot in added)
    assert any(not slot.omitted for slot in slots if slot.key == 0)
    episode = shipped("examples/reorders.yaml").reset("reorder", level=6, seed=3)
    episode.step(Action("Is there anything else that you would like to add?"))
    reply = episode.step(Action("How many of the baby bottles?")).turn.reply
    assert reply is not None and reply.text.endswith("it one baby bottle.")


def test_whoever_names_an_order_also_says_what_they_want_to_know() -> None:
    for slot in slots_of("c8.yaml", "status", 5, {"number", "item", "age", "total", "place"}):
        assert re.search(r"\?|wonder|love to know", words(slot)), words(slot)


def test_a_taste_is_also_told_to_who_asks_for_a_feature() -> None:
    episode = shipped("examples/gifts.yaml").reset("gift-finder", level=6, seed=3)
    reply = episode.step(Action("Is there a certain colour or feature they'd love the backpack to have?")).turn.reply
    assert reply is not None and [slot.fact for slot in reply.answered] == ["taste"]
