"""Noises of the user's words, and typing slips: where they may be, what they are, and how many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve_dsl.expressions import Segment
from rlve_dsl.rng import Stream
from rlve_dsl.user import NOISES, applied, noise, noisy

(TYPING,) = NOISES
values = st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=12)
worded = st.lists(st.builds(Segment, values, st.booleans()), max_size=6)


def typed(said: list[Segment], per_character: float, stream: Stream) -> str:
    """The text of the segments with typing slips, all of which come from one stream."""
    return "".join(s.text if s.is_value else TYPING.call(s.text, stream, per_character) for s in said)


@noise()
def loud(text: str, stream: Stream, share: float = 1.0) -> str:
    """Some texts are in capital letters."""
    return text.upper() if stream.chance(share) else text


@noise()
def doubled(text: str, stream: Stream) -> str:
    """Everything is said twice."""
    return text + text


def test_noises_change_what_is_around_values_one_after_another() -> None:
    said = [Segment("a ", False), Segment("red", True), Segment("!", False)]
    both = [(loud, {}), (doubled, {})]
    assert noisy(said, applied(both), Stream(1), 0) == "A A red!!"
    assert noisy(said, (), Stream(1), 0) == "a red!"


@given(worded, st.floats(0, 1), st.integers(0, 999))
def test_a_noise_more_moves_no_draw_of_the_others(said: list[Segment], rate: float, seed: int) -> None:
    typing, still = (TYPING, {"per_character": rate}), (loud, {"share": 0.0})
    alone = noisy(said, applied([typing]), Stream(seed), 3)
    assert alone == noisy(said, applied([still, typing]), Stream(seed), 3)
    assert alone == noisy(said, applied([typing, still]), Stream(seed), 3)
    assert alone == typed(said, rate, Stream(seed, "typing", 3))


def test_a_noise_that_comes_twice_draws_twice() -> None:
    half = (loud, {"share": 0.5})
    texts = {noisy([Segment("a", False)], applied([half, half]), Stream(seed), 0) for seed in range(20)}
    once = [noisy([Segment("a", False)], applied([half]), Stream(seed), 0) for seed in range(20)]
    twice = [noisy([Segment("a", False)], applied([half, half]), Stream(seed), 0) for seed in range(20)]
    assert texts == {"a", "A"} and once.count("A") < twice.count("A")


@given(worded, st.floats(0, 1), st.integers(0, 999))
def test_noise_never_touches_a_value(said: list[Segment], noise: float, seed: int) -> None:
    text = typed(said, noise, Stream(seed))
    assert text == typed(said, noise, Stream(seed))
    at = 0
    for segment in said:
        if segment.is_value:
            assert segment.text in text[at:]
            at = text.index(segment.text, at) + len(segment.text)
    assert typed(said, 0.0, Stream(seed)) == "".join(s.text for s in said)
    assert typed([s for s in said if s.is_value], 1.0, Stream(seed)) == "".join(s.text for s in said if s.is_value)


def slips_of(text: str, seeds: int = 400, rate: float = 1.0) -> set[str]:
    return {typed([Segment(text, False)], rate, Stream(seed)) for seed in range(seeds)}


@pytest.mark.parametrize("rate", [0.02, 0.125])
def test_a_letter_slips_as_often_as_it_says(rate: float) -> None:
    letters = "Tables".count("") - 2  # without the first
    changed = sum(typed([Segment("Tables", False)], rate, Stream(seed)) != "Tables" for seed in range(2000))
    assert changed / 2000 == pytest.approx(1 - (1 - rate) ** letters, abs=0.03)


def test_a_letter_is_dropped_doubled_swapped_or_mistaken_for_its_neighbour() -> None:
    assert slips_of("Bone") == {"Bonee", "Bonw", "Bonr"}, "the last letter is not dropped"
    found = slips_of("Bone", 4000, 0.1)
    assert {"Boe", "Bonne", "Boen", "Bobe", "Bne", "Boone", "Bnoe", "Bine", "Bpne"} < found


@pytest.mark.parametrize("text", ["I'd", "Not a bit", "7 Ok", "", "We can do it", "2nd"])
def test_short_words_have_no_slip(text: str) -> None:
    assert slips_of(text, 50) == {text}


@given(
    words=st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1),
    rate=st.floats(0, 1),
    seed=st.integers(0, 99),
)
def test_the_first_letters_stay_and_a_sentence_has_one_slip_at_most(words: list[str], rate: float, seed: int) -> None:
    text = " ".join(words).capitalize() + ". "
    written = typed([Segment(text * 3, False)], rate, Stream(seed))
    found = [word.strip(".") for word in written.split()]
    assert len(found) == 3 * len(words)
    changed = [
        place
        for place, (word, was) in enumerate(zip(found, text.replace(".", "").split() * 3, strict=True))
        if word != was
    ]
    assert len({place // len(words) for place in changed}) == len(changed)
    assert all(len(words[place % len(words)]) >= 4 for place in changed)
    assert [word[0] for word in found] == [word[0] for word in text.split() * 3]


def test_what_follows_a_value_in_its_sentence_has_no_slip() -> None:
    said = [Segment("There ", False), Segment("red Pan", True), Segment(" something entirely else. Another", False)]
    written = {typed(said, 1.0, Stream(seed)) for seed in range(50)}
    assert len(written) > 1
    assert all("red Pan something entirely else. A" in text and not text.endswith(" Another") for text in written)


def test_the_slips_of_a_seed_are_pinned() -> None:
    """Other slips for a seed are other bytes for every episode."""
    said = [
        Segment("I would like THE ", False),
        Segment("red Pan", True),
        Segment(", please: it is urgent! Thanks.", False),
    ]
    assert [typed(said, noise, Stream("pinned", noise)) for noise in (0.1, 0.2, 0.5, 1.0, 2.0)] == [
        "I would likee THE red Pan, please: it is urgent! Thanks.",
        "I woudl like THE red Pan, please: it is urgent! Thankd.",
        "I would lkie THE red Pan, please: it is urgent! Thankss.",
        "I would likee THE red Pan, please: it is urgent! Thankss.",
        "I would likw THE red Pan, please: it is urgent! Thankd.",
    ]
