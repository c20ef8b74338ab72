"""Noises of the user's words: they change the words around values, never a value. The built-in one makes typing errors."""

from __future__ import annotations

import inspect
import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache, partial

from rlve_dsl.expressions import Segment, Share, Signature, signature_of
from rlve_dsl.frozen import frozen
from rlve_dsl.rng import Stream
from rlve_dsl.values import Names, Value


@frozen
class Noise:
    """A change of the user's words; `call(text, stream, **arguments)` gives a text between two values in its changed form."""

    name: str
    call: Callable[..., str]
    signature: Signature
    doc: str


def noise(name: str = "") -> Callable[[Callable[..., str]], Noise]:
    """Declare a noise; its first parameters are the text and a Stream, its docstring is its documentation.

    >>> @noise()
    ... def loud(text: str, stream: Stream, share: float) -> str:
    ...     '''Some texts are in capital letters.'''
    ...     return text.upper() if stream.chance(share) else text
    >>> loud.name, loud.call("please", Stream(1), 1.0)
    ('loud', 'PLEASE')
    """

    def declare(python: Callable[..., str]) -> Noise:
        own = name or python.__name__
        signature = signature_of(python, skip=2, what=f"noise `{own}`", first="text, then the Stream", variadic=False)
        return Noise(own, python, signature, inspect.getdoc(python) or "")

    return declare


_ANSWERS = frozenset(("no", "not", "none", "nothing", "never", "nobody", "neither", "nor", "without", "yes"))


def fault_of_noise(text: str, given: object) -> str:
    """What a noise may not make of a text, as the end of a sentence; empty where it is right.

    It may change words. It adds and loses no digit, adds no "not" and the like, and something is left of the words.

    >>> fault_of_noise("24 of them", "24 of them, not 7")
    'adds or loses digits'
    """
    if type(given) is not str:
        return f"gives a `{type(given).__name__}`, and a plain `str` is wanted"
    if text.strip() and not given.strip():
        return "leaves nothing of the words"
    if _digits(text) != _digits(given):
        return "adds or loses digits"
    added = _words(given) - _words(text)
    said = next((word for word in sorted(added) if word in _ANSWERS or word.endswith("n't")), "")
    return f"adds `{said}`" if said else ""


def _digits(text: str) -> list[str]:
    return [character for character in text if character.isdigit()]


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[\w']+", text.lower().replace("’", "'")))


@frozen
class Applied:
    """A noise with its arguments. `change` gives a text in its changed form; `path` names the random stream."""

    path: tuple[str | int, ...]
    change: Callable[[str, Stream], str]


def applied(noises: Sequence[tuple[Noise, Names]]) -> tuple[Applied, ...]:
    """Noises with their arguments, in order. Where one comes a second time, it draws from another stream."""
    used: dict[str, int] = {}
    found = []
    for one, arguments in noises:
        place = used[one.name] = used.get(one.name, 0) + 1
        # a list has no hash
        shared = _applied if all(isinstance(of, Hashable) for of in arguments.values()) else _applied.__wrapped__
        found.append(shared(one, place, tuple(arguments), *arguments.values()))
    return tuple(found)


@lru_cache(maxsize=1 << 10, typed=True)
def _applied(noise: Noise, place: int, names: tuple[str, ...], *arguments: Value) -> Applied:
    """A noise that comes for the `place`-th time; live episodes share it."""
    path = (noise.name,) if place == 1 else (noise.name, "again", place)
    return Applied(path, partial(noise.call, **dict(zip(names, arguments, strict=True))))


def noisy(said: Sequence[Segment], noises: Sequence[Applied], stream: Stream, *place: object) -> str:
    """The text of the segments as it is with all noises. No noise sees a value.

    Args:
        said: The segments.
        noises: The noises, of which each changes what the one before it has left.
        stream: The user's random stream.
        place: What names the utterance.

    >>> noisy([Segment("I need the ", False), Segment("red pan", True)], applied([(typing, {"per_character": 0.5})]), Stream(1), 0)
    'I ned the red pan'
    """
    texts = [segment.text for segment in said]
    for one in noises:
        own = stream.child(*one.path, *place)
        for number, segment in enumerate(said):
            if not segment.is_value:
                texts[number] = one.change(texts[number], own)
    return "".join(texts)


_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    key: "".join(row[i] for i in (place - 1, place + 1) if 0 <= i < len(row))
    for row in _ROWS
    for place, key in enumerate(row)
}


def _dropped(text: str, at: int, stream: Stream) -> str:
    if not text[at + 1 : at + 2].isalpha():  # without its last letter, "hello" is another word
        return _doubled(text, at, stream)
    return text[:at] + text[at + 1 :]


def _doubled(text: str, at: int, stream: Stream) -> str:
    return text[: at + 1] + text[at:]


def _swapped(text: str, at: int, stream: Stream) -> str:
    if at + 1 == len(text) or not text[at + 1].isalpha():
        return _doubled(text, at, stream)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _beside(text: str, at: int, stream: Stream) -> str:
    near = _BESIDE.get(text[at].lower())
    if near is None:
        return _doubled(text, at, stream)
    key = stream.choice(near)
    return text[:at] + (key.upper() if text[at].isupper() else key) + text[at + 1 :]


_SHORTEST = 4  # letters of a word that may have a slip: in "not" or "at" it could change what is meant
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_END = re.compile(r"[.!?]\s+")  # of a sentence
_SLIPS: tuple[Callable[[str, int, Stream], str], ...] = (_dropped, _doubled, _swapped, _beside)


@noise("typing")
def typing(text: str, stream: Stream, per_character: Share) -> str:
    """Typing errors: each letter has a slip with this probability, but no sentence has two. They stand before the first value of a
    sentence, in words of at least four letters, and never on the first letter."""
    if per_character <= 0:
        return text
    return _slip(text, math.log1p(-per_character) if per_character < 1 else -math.inf, stream)


NOISES = (typing,)


def _slip(text: str, scale: float, stream: Stream) -> str:
    # Slips are made from the end to the start, so that a slip does not move the places of later ones. The gap between two
    # slips is geometric, which takes one draw for each slip instead of one for each letter.
    gap = math.log(1.0 - stream.uniform()) / scale
    if gap >= len(text):  # most texts: their letters need not be found
        return text
    letters = _letters(text)
    at = len(letters)
    while gap < at:
        at -= 1 + int(gap)
        place, sentence = letters[at]
        text = stream.choice(_SLIPS)(text, place, stream)
        while at > 0 and letters[at - 1][1] == sentence:
            at -= 1  # the rest of this sentence stays as it is
        gap = math.log(1.0 - stream.uniform()) / scale
    return text


def _letters(text: str) -> list[tuple[int, int]]:
    """The places of the letters that may have a slip, each with where its sentence begins.

    A text that does not begin with a letter goes on after a value, in a sentence in which a slip may already be.
    """
    starts = [end.end() for end in _END.finditer(text)]
    if text[:1].isalpha():
        starts.insert(0, 0)
    found: list[tuple[int, int]] = []
    for word in _WORD.finditer(text):
        sentence = bisect_right(starts, word.start())
        if sentence and sum(map(str.isalpha, word[0])) >= _SHORTEST:
            own = starts[sentence - 1]
            found += [(place, own) for place in range(word.start() + 1, word.end()) if text[place].isalpha()]
    return found
