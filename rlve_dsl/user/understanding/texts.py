"""A message in pieces: its words, sentences and clauses.

Belongs here: spelling of contractions, stems, punctuation, the length that is read. Does not belong here: what words mean.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rlve_dsl.caching import cached_texts
from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent import boundaries

READ = 6000
"""Characters that are read of a message: the first and the last half of them, where it is longer."""

_UNDIVIDED = 8  # characters of a sentence that is never divided

MOST_CLAUSES = 40
"""Clauses that are read of a message: the first and the last half of them."""

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
POINT = re.compile(r"(?<=\d)[.,:](?=\d)")  # "19.30" and "1,200" are one word each
_PARTS = re.compile(
    r"[,;:()\u2013\u2014&/|+]|\s-+\s|\b(?:and|or|but|also(?! (?:depends?|needs?|have|has|comes?|likes?|be|know|want|see|offer|do|sell|varies|matters?)\b)|plus|as well as|otherwise|then)\b|\b(?=besides\b)|(?<=\w) (?:along|together) with\b|\bso (?:that )?(?=(?:i|we) (?:can|could|may)\b)|\bin order to\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^\s*(?:[-*\u2022\u2013>]|\(?\d{1,2}[.):]|\(?[a-z][.)])\s+")
_CONTRACTIONS = {
    "what's": "what is", "who's": "who is", "where's": "where is", "when's": "when is", "how's": "how is", "it's": "it is",
    "that's": "that is", "there's": "there is", "let's": "let us", "how'd": "how would", "whats": "what is", "wheres": "where is",
    "hows": "how is", "id": "i would", "ill": "i will", "im": "i am", "ive": "i have", "youd": "you would",
    "dont": "do not", "isnt": "is not", "cant": "can not", "pls": "please", "plz": "please", "u": "you", "ur": "your", "thx": "thanks",
    "fr": "for", "whts": "what is", "wht": "what", "wats": "what is", "reson": "reason", "resaon": "reason", "reasn": "reason", "youre": "your", "oder": "order", "yu": "you", "bakc": "back", "bak": "back", "whcih": "which", "meny": "many", "csot": "cost", "hav": "have", "shiped": "shipped", "anythign": "anything", "somethign": "something", "adress": "address", "qusetion": "question", "colur": "colour", "tht": "that", "thta": "that", "wether": "whether", "recieve": "receive", "plese": "please", "pleas": "please", "shoud": "should", "wuold": "would", "wud": "would", "cud": "could", "shud": "should", "abt": "about", "bday": "birthday", "asap": "soon", "info": "information", "tho": "though", "thru": "through", "nite": "night", "tmrw": "tomorrow", "y": "why", "qty": "quantity", "yr": "your",
    # usual slips in little words, which are too short to be known by what they are near to
    "waht": "what", "wat": "what", "teh": "the", "hte": "the", "wich": "which", "yuo": "you", "adn": "and", "cna": "can", "taht": "that",
    "thsi": "this", "ahve": "have", "hwo": "how", "wehn": "when", "shuold": "should", "wnat": "want", "woudl": "would", "coudl": "could",
    "sent": "send", "paid": "pay", "chosen": "choose", "r": "are", "wanna": "want to", "gonna": "going to", "can't": "can not", "won't": "will not", "cannot": "can not",
}  # fmt: skip
_ENDINGS = {
    "'s": "",
    "'d": " would",
    "'ll": " will",
    "'re": " are",
    "'ve": " have",
    "'m": " am",
    "n't": " not",
    "'t": " not",
}


@frozen
class Piece:
    """A clause of a message.

    Attributes:
        text: Its words as they are written.
        words: Its words.
        sentence: The number of its sentence.
    """

    text: str
    words: tuple[str, ...]
    sentence: int


@cached_texts(4096)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in small letters, with contractions written out.

    >>> words_of("What's the colour? I'd pay $1,200.50.")
    ('what', 'is', 'the', 'colour', 'i', 'would', 'pay', '120050')
    """
    found: list[str] = []
    for word in _WORD.findall(POINT.sub("", text.lower().replace("\u2019", "'"))):
        if word in _CONTRACTIONS:
            found += _CONTRACTIONS[word].split()
        elif "'" in word:
            start, ending = word[: word.index("'")], word[word.index("'") :]
            if ending == "'t" and start.endswith("n"):
                start = start[:-1]
            found += (start + _ENDINGS.get(ending, "")).split()
        else:
            found.append(word)
    return tuple(found)


def read(message: str) -> str:
    """The part of a message that is read, without marks above letters."""
    if len(message) > READ:
        message = message[: READ // 2] + "\n" + message[-READ // 2 :]
    if message.isascii():
        return message
    message = message.replace("\u2019", "'").replace("\u2018", "'")
    return "".join(c for c in unicodedata.normalize("NFKD", message) if not unicodedata.combining(c))


def _parts(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The clauses of a sentence that have words: the text and the words of each."""
    start = 0
    for found in _PARTS.finditer(text) if len(text) > _UNDIVIDED else ():
        if words := words_of(text[start : found.start()]):
            yield text[start : found.start()], words
        start = found.end()
    if words := words_of(text[start:]):
        yield text[start:], words


def pieces_of(message: str) -> list[Piece]:
    """The clauses of a message, in order."""
    found: list[Piece] = []
    sentence = 0
    for line in POINT.sub("", read(message)).splitlines():
        marker = _ITEM.match(line.lower())
        body = line[marker.end() :] if marker else line
        for start, end, _ in boundaries(body):
            kept = [Piece(text.strip(), words, sentence) for text, words in _parts(body[start:end].rstrip(" .!?;"))]
            found += kept
            sentence += bool(kept)
    if len(found) > MOST_CLAUSES:
        found = found[: MOST_CLAUSES // 2] + found[-MOST_CLAUSES // 2 :]
    return found
