"""Things by their ids and names: which ones a sentence names, and whether they are what a call is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from rlve_dsl.caching import cached_texts
from rlve_dsl.frozen import frozen
from rlve_dsl.readings import number_at
from rlve_dsl.user.consent.sentences import DETERMINERS, FILLER, NOUN_ENDS, root, words_of

_ONE = frozenset(("one", "ones"))
_OF_NO_KIND = frozenset(("new", "other"))  # "the new ones"
_ADJECTIVES = 2  # words that may stand between "the" and a name: "the damaged tent"


@frozen
class Thing:
    """An order, a line of an order or of the cart, a product, or an entity of a domain: what is known of it.

    Attributes:
        name: What people call it.
        order_id: The order that it is, or that it is in.
        line_id: The line that it is.
        product_id: The product that it is.
        entity: Of a declared domain the field that holds its id, and the id.
        others: Words of what others of its kind are and it is not: "red" of a blue tent.
        options: The options that it comes in.
    """

    name: str | None = None
    order_id: str | None = None
    line_id: str | None = None
    product_id: str | None = None
    entity: tuple[str, str] | None = None
    others: frozenset[str] = frozenset()
    options: tuple[str, ...] = ()

    @property
    def is_order(self) -> bool:
        """Whether it is a whole order."""
        return self.order_id is not None and (self.name, self.line_id, self.product_id) == (None, None, None)

    def is_same(self, other: Thing) -> bool:
        """Whether both may be one thing: they share something that tells things apart, and differ in nothing such."""
        pairs = (
            (self.line_id, other.line_id), (self.product_id, other.product_id), (self.entity, other.entity),
            (self.name, other.name),
        )  # fmt: skip
        known = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
        return bool(known) and all(mine == theirs for mine, theirs in known)


Mention = tuple[Thing, ...]
"""The things that words may mean; several where they fit several."""


@frozen
class Place:
    """Where a sentence mentions something: the words from `start` to `end`.

    `is_misnamed` says that a word before them is a value that none of the things has: "the red tent" where there is a blue one.
    """

    start: int
    end: int
    mention: Mention
    is_misnamed: bool = False


def covers(mentions: Iterable[Mention], about: Sequence[Thing]) -> bool:
    """Whether a call about some things does what was said of the things that were mentioned.

    An order that was mentioned is the call's order. Of other things, all that were mentioned are the call's, or all of the
    call's were mentioned: a request may name more than one call is about, or less. Nothing mentioned covers everything.
    """
    orders = {alternative.order_id for mention in mentions for alternative in mention if alternative.is_order}
    own_orders = {thing.order_id for thing in about if thing.order_id is not None}
    if orders and own_orders and not own_orders <= orders:
        return False
    others = [mention for mention in mentions if not all(alternative.is_order for alternative in mention)]
    own = [thing for thing in about if not thing.is_order]
    if not others or not own:
        return True
    fits = [[any(alternative.is_same(thing) for alternative in mention) for thing in own] for mention in others]
    return all(any(row) for row in fits) or all(any(row[place] for row in fits) for place in range(len(own)))


class Names:
    """Finds the things that a sentence mentions: by id, by full name, or by a part of the name that ends in its last word, such
    as "the grey tent", or begins with its first, such as "the Trailmoor".

    Args:
        things: The things.
        reserved: Roots of words that alone name no thing, as they name actions.
    """

    def __init__(self, things: Iterable[Thing], reserved: frozenset[str] = frozenset()) -> None:
        self._reserved = reserved
        self._ids: dict[str, list[Thing]] = defaultdict(list)
        self._full: dict[str, dict[tuple[str, ...], list[Thing]]] = defaultdict(dict)
        self._known: set[str] = set()
        self._ending: dict[str, list[Thing]] = defaultdict(list)
        self._beginning: dict[str, list[Thing]] = defaultdict(list)
        self._parts: dict[Thing, frozenset[str]] = {}
        self._longest = 0  # words that may name a thing: twice those of the longest name
        self._keys: dict[str, str] = {}  # of the entities of a domain: the field of an id, by the word for such a thing
        for thing in dict.fromkeys(things):
            self._add(thing)

    def __bool__(self) -> bool:
        return bool(self._ids or self._full)

    def unknown_one(self, words: Sequence[str]) -> bool:
        """Whether words speak of "the leather ones" where things of a kind here may be of leather, and none is."""
        for before, value, one in zip(words, words[1:], words[2:], strict=False):
            if one not in _ONE or before not in DETERMINERS or value in _OF_NO_KIND:
                continue
            if value in self._others and not self.knows(value) and value not in self._options:
                return True
        return False

    @cached_property
    def _options(self) -> frozenset[str]:
        """The words of the options in which the things come."""
        return frozenset(word for thing in self._parts for option in thing.options for word in option.lower().split())

    @cached_property
    def _others(self) -> frozenset[str]:
        """The words of what others of the kinds of these things are."""
        return frozenset[str]().union(*(thing.others for thing in self._parts))

    def knows(self, word: str) -> bool:
        """Whether a word, or another form of it, is in the name of a thing."""
        return root(word) in self._known

    def _add(self, thing: Thing) -> None:
        own = thing.line_id or thing.product_id or thing.order_id or (thing.entity[1] if thing.entity else None)
        for id_ in {own, thing.product_id} - {None}:
            self._ids[" ".join(words_of(str(id_)))].append(thing)  # "#W42" is the word "w42"
        if thing.entity is not None:
            self._keys[thing.entity[0].removesuffix("_id").rpartition("_")[2]] = thing.entity[0]
        words, roots = _words_of_name(thing.name or "")
        if not words:
            return
        self._full[words[0]].setdefault(words, []).append(thing)
        self._parts[thing] = frozenset(roots)
        self._longest = max(self._longest, 2 * len(words))
        self._known |= self._parts[thing]
        self._ending[roots[-1]].append(thing)
        self._beginning[roots[0]].append(thing)

    def _stands_alone(self, words: Sequence[str], start: int, end: int) -> bool:
        """Whether words of names are a name by themselves: "the doorbell", "the suede ones", and not "in the dark blue"."""
        if words[end : end + 1] in (("one",), ("ones",)):
            return self._options.isdisjoint(words[start:end])
        is_whole = end == len(words) or words[end] in NOUN_ENDS
        is_noun = start > 0 and words[start - 1] in DETERMINERS and words[max(0, start - 2)] != "in"
        said = words[start:end]
        return is_whole and is_noun and self._options.isdisjoint(said) and not all(map(_is_number, said))

    def places(self, words: Sequence[str]) -> list[Place]:
        """The mentions in a sentence, in order."""
        found: list[Place] = []
        at = 0
        while at < len(words):
            place = self._exact(words, at) or self._unknown_id(words, at) or self._part(words, at)
            if place is not None:
                found.append(place)
            at = place.end if place is not None else at + 1
        return found

    def _exact(self, words: Sequence[str], at: int) -> Place | None:
        word = words[at].removesuffix("'s")
        if word in self._ids:
            return Place(at, at + 1, tuple(self._ids[word]))
        names = [name for name in self._full.get(words[at], ()) if tuple(words[at : at + len(name)]) == name]
        if not names:
            return None
        name = max(names, key=len)
        return Place(at, at + len(name), tuple(self._full[words[at]][name]))

    def _unknown_id(self, words: Sequence[str], at: int) -> Place | None:
        """An id after "order", "line" or the like that nothing here has: what it names is none of the known things."""
        before = (
            words[at - 1] if at and words[at - 1] not in ("number", "no", "id") else words[at - 2] if at > 1 else ""
        )
        key = self._keys.get(before)
        if (key is None and before not in ("order", "line", "item", "product")) or not _looks_like_an_id(words[at]):
            return None
        id_ = words[at].upper()
        if key is not None:
            return Place(at, at + 1, (Thing(entity=(key, id_)),))
        named = {"order": Thing(order_id=id_), "line": Thing(line_id=id_)}.get(before, Thing(product_id=id_))
        return Place(at, at + 1, (named,))

    def _part(self, words: Sequence[str], at: int) -> Place | None:
        """A part of a name that begins here: as many words as are in names, of which the last ends one."""
        end, last = at, -1
        roots: list[str] = []
        while end < min(len(words), at + self._longest):
            found = root(words[end])
            if found in self._known:
                roots.append(found)
                last = end + 1 if found in self._ending else last
            elif not (roots and _is_number(words[end]) and self.knows((*words[end + 1 : end + 2], "")[0])):
                break  # "the size 5 ball" may be the size 3 ball with another number
            end += 1
        if not roots or all(found in self._reserved for found in roots):
            return None
        if last > at:
            roots = [found for found in map(root, words[at:last]) if found in self._known]
            fitting = self._ending[roots[-1]]
        elif roots[0] in self._beginning:
            last, fitting = end, self._beginning[roots[0]]
        elif self._stands_alone(words, at, end):
            # "the suede ones", "the doorbell" of a doorbell camera
            last = end + (words[end : end + 1] in (("one",), ("ones",)))
            fitting = [thing for thing, parts in self._parts.items() if parts.issuperset(roots)]
            if not fitting:
                return None
        else:
            return None
        before = range(max(0, at - _ADJECTIVES - 1), at)
        begins = not at or words[at - 1] == ","  # a row of a table, a point of a list: "Kettle, quantity: 2"
        if (
            len(roots) == 1
            and not begins
            and not any(words[i] in DETERMINERS or number_at(words, i) is not None for i in before)
        ):
            return None  # "the kettle", "two kettles"
        shared = {thing: len(self._parts[thing].intersection(roots)) for thing in fitting}
        most = max(shared.values())
        meant = tuple(thing for thing in fitting if shared[thing] == most)
        adjectives = _adjectives_before(words, at)
        values = (*adjectives, *words[at:last], *_value_beside(words, at, last))  # other things may have the same one
        # "the 30 cm pan"; "the 2 pans" are two
        numbers = frozenset(filter(_is_number, (*adjectives[:-1], *words[at:last])))
        so = tuple(thing for thing in meant if thing.others.isdisjoint(values) and _fits(numbers, thing))
        return Place(at, last, so or meant, not so)


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def _fits(numbers: frozenset[str], thing: Thing) -> bool:
    """Whether a thing has the numbers in its name by which it is called, or no number at all."""
    own = frozenset(filter(_is_number, words_of(thing.name or "")))
    return not own or numbers <= own


def _adjectives_before(words: Sequence[str], at: int) -> Sequence[str]:
    """The words between an article and the name that begins here: "red" of "the red tent"."""
    for start in range(at - 1, max(-1, at - 2 - _ADJECTIVES), -1):
        if words[start] in DETERMINERS:
            return words[start + 1 : at]
    return ()


def _value_beside(words: Sequence[str], start: int, end: int) -> Iterator[str]:
    """The words right beside a name that may tell a value: "red" of "Trailmoor red tent" and of "tents in red"."""
    if start and words[start - 1] not in FILLER:
        yield words[start - 1]
    if end + 1 < len(words) and words[end] == "in":
        yield words[end + 1]


@cached_texts(10_000)
def _words_of_name(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a name, and their roots."""
    words = words_of(name)
    return words, tuple(map(root, words))


def _looks_like_an_id(word: str) -> bool:
    digits = sum(character.isdigit() for character in word)
    return digits >= 4 or (digits >= 2 and word[0].isalpha())
