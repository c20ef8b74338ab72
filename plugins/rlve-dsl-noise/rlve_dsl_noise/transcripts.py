"""What a program that writes down speech does to words: others that sound alike, no punctuation, and every filler is there."""

from __future__ import annotations

import re

from rlve_dsl.expressions import Share
from rlve_dsl.rng import Stream
from rlve_dsl.user import noise
from rlve_dsl_noise.words import pattern_of, replaced

# Words that sound alike. None of them is a number, a yes or a no: what the user wants can always be told.
SOUND_ALIKE = {
    "be": "bee", "buy": "bye", "cart": "kart", "have": "halve", "hear": "here", "here": "hear", "hey": "hay", "hi": "high",
    "i'll": "aisle", "in": "inn", "it's": "its", "its": "it's", "need": "knead", "new": "knew", "of": "off", "please": "pleas",
    "right": "write", "see": "sea", "so": "sew", "some": "sum", "sure": "shore", "than": "then", "their": "there",
    "there": "their", "wait": "weight", "where": "wear", "which": "witch", "would": "wood", "you're": "your", "your": "you're",
}  # fmt: skip
FILLERS = ("um", "uh", "er", "you know", "let me think")

_SOUNDS = pattern_of(SOUND_ALIKE)
_POINTS = re.compile(r"[,.;:!?](?=\s|$)")
_GAPS = re.compile(r"(?<=[a-z,.!?]) (?=[A-Za-z])")


@noise()
def transcription(text: str, stream: Stream, share: Share) -> str:
    """Speech that a program wrote down: words that sound alike and lost punctuation at this rate, fillers at a tenth of it."""
    text = replaced(text, _SOUNDS, SOUND_ALIKE, share, stream)
    text = _POINTS.sub(lambda found: "" if stream.chance(share) else found[0], text)
    return _GAPS.sub(lambda found: f" {stream.choice(FILLERS)} " if stream.chance(share / 10) else found[0], text)
