"""English as people write it: articles, lists, and the faults of a text that is made from parts.

Belongs here: rules of the language that need no list of facts, products or environments. Does not belong here: diagnostics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from operator import contains

from rlve_dsl.caching import cached_texts
from rlve_dsl.frozen import frozen

YOU = "you"
"""What an agent calls the user."""

_FIRST = re.compile(r"[^\W_]+")
# words that are written with a vowel and spoken with a consonant, and the other way round
_CONSONANT = re.compile(r"(?:u(?:ni(?!n|m[^e])|s[aeiu]|te|til|ku|r[aio])|eu|ewe|one\b|once\b)", re.IGNORECASE)
_VOWEL = re.compile(r"(?:hono|hour|honest|heir|8|11(?!\d)|18(?!\d))", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Z](?:[A-Z0-9]|\b)")  # an abbreviation is spelt out: an LED, a USB hub
_SPOKEN_AS_A_WORD = frozenset({"HEPA", "LAN", "MIDI", "NAS", "RAM", "SIM"})

_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_DOUBLED = re.compile(r"\b([^\W\d_]{2,}) +\1\b", re.IGNORECASE)
_SNAKE = re.compile(r"\b[^\W_]+(?:_[^\W_]+)+\b")
_PLACEHOLDER = re.compile(r"\b(?:TODO|FIXME|TBD|XXX+)\b|\blorem ipsum\b|\?\?\?|<[a-z][\w ]*>", re.IGNORECASE)
_IN_PLACEHOLDERS = ("todo", "fixme", "tbd", "xxx", "lorem", "???", "<")
_ARTICLE = re.compile(r"\b(an?) +([^\W_][\w'’-]*)", re.IGNORECASE)
_NEXT_WORD = re.compile(r" *([^\W\d_][\w'’-]*)")
_AFTER_NOUNS = """
and or but of in for with from that which by to at on as if so than then when where while i you we they he she it is are was were be
has have had do does did can could will would should may might need want please too there here because until before after
"""
_ENDS_PHRASE = frozenset(_AFTER_NOUNS.split())
_QUANTITIES = frozenset(("little", "bit", "lot", "few", "more", "deal", "couple", "great", "good", "bulk"))
_LONGEST_PHRASE = 3  # words after an article
# what there is no single one of, or what is sold by the pair
_PLURALS = """
binoculars dungarees earbuds earphones glasses gloves goggles headphones jeans leggings pants pliers pyjamas scissors shears
shoes shorts slippers sneakers socks sunglasses tights trousers tweezers
"""
_PLURAL_ALONE = frozenset(_PLURALS.split())
_PIECES = """
advice clothing equipment furniture gear hardware information jewellery jewelry luggage software stuff
"""
_IN_PIECES = frozenset(_PIECES.split())
_ONE_IN_DIGITS = re.compile(r"(?<![\w.,$/-])1 of (?:the|my|your|our|these|those)\b", re.IGNORECASE)
_DATA_LISTED = re.compile(r"\d[^.?!,]*, (?:yes|no)(?=[,.]|$)|, *[a-z][a-z ]*: ?\d+\b")
_UNJOINED = re.compile(r"\ban? [^,.:;?!]+(?:, an? [^,.:;?!]+){2,}(?=[.?!]|$)", re.IGNORECASE)
_JOINED = re.compile(r"\b(?:and|or)\b")
_LAST_ARTICLE = re.compile(r"\b(an?) $")
_SAME_TWICE = frozenset({"had", "that", "bye", "no", "very"})  # words that may stand twice: "all that that takes"


@frozen
class Fault:
    """Something in a text that reads wrongly: what it is, the words, and what to write."""

    kind: str
    words: str
    advice: str


@cache
def _uncountable_nouns() -> frozenset[str]:
    """What cannot be counted: it comes in bags, bottles, sets, …"""
    return frozenset((resources.files("rlve_dsl") / "uncountable_nouns.txt").read_text(encoding="utf-8").split())


@cache
def _irregular_plurals() -> Mapping[str, str]:
    """Nouns whose plural does not follow the rules."""
    lines = (resources.files("rlve_dsl") / "irregular_plurals.txt").read_text(encoding="utf-8").splitlines()
    return {one: several for one, _, several in (line.partition(" ") for line in lines)}


@cached_texts(4096)
def with_article(noun: str) -> str:
    """A noun phrase with `a` or `an`, by its sound.

    >>> [with_article(noun) for noun in ("oak desk", "USB hub", "LED lamp", "8-cup kettle", "hourglass", "unit", "umbrella")]
    ['an oak desk', 'a USB hub', 'an LED lamp', 'an 8-cup kettle', 'an hourglass', 'a unit', 'an umbrella']
    """
    return f"{_article(noun)} {noun}"


def _article(noun: str) -> str:
    found = _FIRST.search(noun)
    if found is None:
        return "a"
    first = found[0]
    if _LETTERS.match(first) and first.upper() == first and first.upper() not in _SPOKEN_AS_A_WORD:
        return "an" if first[0] in "AEFHILMNORSX" else "a"
    if first[0].isdigit():
        return "an" if _VOWEL.match(first) else "a"
    if _CONSONANT.match(first):
        return "a"
    return "an" if first[0].lower() in "aeiou" or _VOWEL.match(first) else "a"


NUMBER_WORDS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
"""The whole numbers up to 19 as words, each at its place."""
_SAID_AS_WORDS = 12  # the largest number that is said as a word
_OF = re.compile(r" (?:of|for|in|with|from) ")


def counted_things(number: int, noun: str) -> str:
    """A number, up to twelve as a word, and the noun that it counts in its form for that number.

    >>> counted_things(3, "copper kettle"), counted_things(1, "rug"), counted_things(2, "pair of jeans"), counted_things(13, "")
    ('three copper kettles', 'one rug', 'two pairs of jeans', '13')
    """
    word = NUMBER_WORDS[number] if 0 < number <= _SAID_AS_WORDS else f"{number:,}"
    if not noun:
        return word
    return f"{word} {noun if number == 1 else plural(noun)}"


def is_counted(text: str) -> bool:
    """Whether a text is a number of things.

    >>> is_counted("two bags of rice"), is_counted("13 mugs"), is_counted("two-tone mug")
    (True, True, False)
    """
    first, space, _ = text.partition(" ")
    return bool(space) and (first == "no" or first in NUMBER_WORDS[1 : _SAID_AS_WORDS + 1] or first.isdecimal())


@cached_texts(4096)
def plural(noun: str) -> str:
    """A noun phrase for several things. A noun that already ends as plurals do stays as it is.

    >>> [plural(noun) for noun in ("box of tea", "scarf", "battery", "toy", "headphones", "glass", "bag for a tent")]
    ['boxes of tea', 'scarves', 'batteries', 'toys', 'headphones', 'glasses', 'bags for a tent']
    """
    found = _OF.search(noun)
    end = found.start() if found else len(noun)
    before, space, last = noun[:end].rpartition(" ")
    return before + space + _plural(last) + noun[end:]


def _plural(word: str) -> str:
    low = word.lower()
    irregular = _irregular_plurals().get(low)
    if irregular is not None:
        return word[:1] + irregular[1:]
    if low.endswith("s") and not low.endswith(("ss", "us", "is")):
        return word
    if low.endswith("y") and low[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if low.endswith(("s", "x", "z", "ch", "sh")) else "s")


@cached_texts(8192)
def stem(word: str) -> str:
    """A word without its ending: "ships", "shipped" and "shipping" have one stem, and so have "colours" and "color".

    >>> [stem(w) for w in ("boxes", "batteries", "colours", "glass", "shipping", "rated", "rating", "usb")]
    ['box', 'battery', 'color', 'glass', 'ship', 'rat', 'rat', 'usb']
    """
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-3] + "y" if len(word) > 4 and word.endswith("ies") else word[:-1]
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root != word and len(root) >= 3 and any(vowel in root for vowel in "aeiouy"):
            word = root[:-1] if root[-1] == root[-2] and root[-1] not in "lsz" else root
            break
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 4:
        word = word[:2] + word[2:].replace("our", "or")
    return word[:-1] if word.endswith(("xe", "che", "she")) else word


def agreeing(before: str, word: str) -> str:
    """The text that stands before a word; its last word, when that is an article, follows the sound of the word.

    >>> agreeing("set in a ", "oak"), agreeing("set in ", "oak")
    ('set in an ', 'set in ')
    """
    found = _LAST_ARTICLE.search(before)
    return before if found is None else f"{before[: found.start(1)]}{_article(word)} "


def separators(items: Sequence[str]) -> list[str]:
    """What stands after each item of a list in a sentence; nothing after the last.

    An item that has a comma or an `and` of its own sets the items apart with a comma before the last `and`.

    >>> separators(["a mop"]), separators(["a mop", "a mat", "a vase"]), separators(["fish and chips", "peas"])
    ([''], [', ', ' and ', ''], [', and ', ''])
    """
    whole = "\n".join(items)
    last = ", and " if " and " in whole or ", " in whole else " and "
    return [", "] * (len(items) - 2) + [last] * (len(items) > 1) + [""] * bool(items)


def listed(items: Sequence[str], last: str = " and ") -> str:
    """The items as one text: commas between them, and `last` before the last.

    >>> listed(["colour", "size", "material"], " or "), listed(["a mop"]), listed([])
    ('colour, size or material', 'a mop', '')
    """
    return last.join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def faults(text: str) -> Iterator[Fault]:
    """The faults of a text: doubled words, names and lists of data, placeholders, unjoined lists, and articles that do not fit.

    >>> [fault.kind for fault in faults("a oak desk for the the out_for_delivery order")]
    ['doubled word', 'name of data', 'wrong article']
    """
    low = text.lower()
    beside = low.split()
    # before each search a quick look at whether it can find anything: most texts have no fault
    if any(map(contains, beside[1:], [word[-2:] for word in beside])):
        for found in _DOUBLED.finditer(text):
            if found[1].lower() not in _SAME_TWICE:
                yield Fault("doubled word", found[0], f"write `{found[1]}` once")
    if "_" in text:
        for found in _SNAKE.finditer(text):
            yield Fault("name of data", found[0], f"write `{found[0].replace('_', ' ')}`")
    if any(map(low.__contains__, _IN_PLACEHOLDERS)):
        for found in _PLACEHOLDER.finditer(text):
            yield Fault("placeholder", found[0], "write the text that belongs here")
    if "1 of " in text:
        for found in _ONE_IN_DIGITS.finditer(text):
            yield Fault("number in digits", found[0], f"write `one{found[0][1:]}`, or name the thing alone")
    if ", " in text:
        for found in _DATA_LISTED.finditer(text):
            yield Fault("list of data", found[0].strip(", "), "say what the values are of, in a sentence")
        for found in _UNJOINED.finditer(text):
            if _JOINED.search(found[0]) is None:
                yield Fault("unjoined list", found[0], "write `and` before the last")
    for found in _ARTICLE.finditer(text):
        words = _phrase(text, found.start(2))
        noun = " ".join((found[1], *words))
        right = _article(found[2])
        if not _QUANTITIES.isdisjoint(words):
            noun = ""
        if noun and words and words[-1].lower() in _uncountable_nouns():
            yield Fault("article before an uncountable noun", noun, _comes_in(" ".join(words)))
        elif noun and words and words[-1].lower() in _PLURAL_ALONE:
            yield Fault("article before a plural", noun, f"write `a pair of {' '.join(words)}`")
        elif found[1].lower() != right and not (found[1] == "A" and found.start() > 0):
            yield Fault("wrong article", found[0], f"write `{right} {found[2]}`")


@cached_texts(4096)
def first_and_last(text: str) -> tuple[str, str]:
    """The first and the last word in lower case; empty where the text begins or ends with something else.

    >>> first_and_last("Wheat beer"), first_and_last("20 cm"), first_and_last("a tin, open")
    (('wheat', 'beer'), ('', 'cm'), ('a', 'open'))
    """
    words = text.lower().split()
    ends = (words[0], words[-1]) if words else ("", "")
    first, last = (word if _WORDS.fullmatch(word) and len(word) > 1 or word == "a" else "" for word in ends)
    return first, last


def doubled(word: str) -> Fault:
    """The fault that a word stands twice."""
    return Fault("doubled word", f"{word} {word}", f"write `{word}` once")


def uncountable(noun: str) -> Fault | None:
    """The fault of a noun phrase that takes no `a`: its last word cannot be counted, and nothing says what it comes in.

    >>> uncountable("cat litter"), uncountable("bag of cat litter") is None
    (Fault(kind='article before an uncountable noun', words='cat litter', advice='say what it comes in: `bag of cat litter`'), True)
    """
    words = _WORDS.findall(noun.lower())
    if not words or "of" in words or words[-1] not in _uncountable_nouns():
        return None
    return Fault("article before an uncountable noun", noun, _comes_in(noun).replace("`a ", "`"))


def _comes_in(noun: str) -> str:
    """The advice for something that cannot be counted."""
    piece = "piece" if noun.rpartition(" ")[2].lower() in _IN_PIECES else "bag"
    return f"say what it comes in: `a {piece} of {noun}`"


def _phrase(text: str, start: int) -> list[str]:
    """The words of the noun phrase that begins here; none where it is long, or goes on with something that is no word."""
    words: list[str] = []
    while (found := _NEXT_WORD.match(text, start)) and found[1].lower() not in _ENDS_PHRASE:
        words.append(found[1])
        start = found.end()
        if len(words) > _LONGEST_PHRASE:
            return []
    return words if not text[start : start + 2].strip(" .,;:?!)'\"’”") or found else []
