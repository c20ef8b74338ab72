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


def test_noise_slips_as_often_as_it_says() -> None:
    text = "the quick brown fox jumps over the lazy dog " * 10
    letters = sum(c.isalpha() for c in text)
    for rate in (0.02, 0.125):
        # every slip changes the length or, when it swaps or replaces, the letters: count differing runs by length of diff
        changed = sum(typed([Segment(c, False)], rate, Stream(i)) != c for i, c in enumerate(text) if c.isalpha())
        assert changed == pytest.approx(letters * rate, rel=0.6, abs=6)


@pytest.mark.parametrize(
    ("text", "slips"),
    [
        ("S", {"", "SS", "A", "D"}),
        ("s", {"", "ss", "a", "d"}),
        ("p", {"", "pp", "o"}),
        ("z!", {"!", "zz!", "x!"}),
        ("é", {"", "éé"}),
        ("7 ", {"7 "}),
        ("", {""}),
    ],
)
def test_a_letter_is_dropped_doubled_or_mistaken_for_its_neighbour(text: str, slips: set[str]) -> None:
    assert {typed([Segment(text, False)], 1.0, Stream(seed)) for seed in range(200)} == slips


def test_a_letter_is_swapped_with_the_next_one() -> None:
    found = {typed([Segment("ab1", False)], 0.05, Stream(seed)) for seed in range(2000)}
    assert {"ba1", "b1", "a1", "aab1", "abb1", "sb1", "av1", "an1"} < found
    assert "a1b" not in found and "1ba" not in found


@given(
    st.lists(
        st.text("abcdefgh'", min_size=2, max_size=9).filter(lambda w: w[0] != "'" != w[-1] and "''" not in w),
        min_size=1,
    ),
    st.integers(0, 99),
)
def test_no_word_has_two_slips(words: list[str], seed: int) -> None:
    written = typed([Segment(" ".join(words), False)], 1.0, Stream(seed)).split(" ")
    assert len(written) == len(words)
    for word, slip in zip(words, written, strict=True):
        at = next((i for i, (a, b) in enumerate(zip(word, slip, strict=False)) if a != b), min(len(word), len(slip)))
        longer = max(len(word), len(slip))
        assert any(word[at + x :] == slip[at + y :] for x, y in ((1, 0), (0, 1), (1, 1), (2, 2))), (word, slip)
        assert longer - min(len(word), len(slip)) <= 1


def test_the_slips_of_a_seed_are_pinned() -> None:
    """Other slips for a seed are other bytes for every episode."""
    said = [Segment("I would like THE ", False), Segment("red Pan", True), Segment(", please: it is urgent!", False)]
    assert [typed(said, noise, Stream("pinned", noise)) for noise in (0.1, 0.2, 0.5, 1.0, 2.0)] == [
        "I would likw THEE red Pan, please: it is urgent!",
        "I would liek THE red Pan, plese: iy is urgeny!",
        "I woudl likee HTE red Pan, pleade: itt is urgeent!",
        " wouldd likr THEE red Pan, pleasee: iy ia urgentt!",
        "II wouldd likr THW red Pan, pleas: i id urgentt!",
    ]
