"""The sentences of a message as words, and the English that a proposal is read by."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

from rlve_dsl.english import stem
from rlve_dsl.frozen import frozen
from rlve_dsl.user.consent.numbering import without_marks

THING = "\0"
"""Stands in a sentence for the words that mention a thing."""

# a number with a point or comma inside, a word, or what divides a sentence
_TOKEN = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:[-']\w+)*|[,:|×]")
_DIVIDING, _TIMES = frozenset(":|"), "x"
# the end of a sentence: not a point inside a number
_END = re.compile(r"(?:[!?;\n]|\.(?!\d))[.!?;\s]*")


def boundaries(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each sentence of a text begins and ends, and the mark that ends it: "?", "!", "." or "" for none.

    Takes time in proportion to the length of the text.

    >>> [mark for _, _, mark in boundaries("It is 1.5 L. Shall I?!")]
    ['.', '?']
    """
    start = 0
    for found in _END.finditer(text):
        yield start, found.end(), next((mark for mark in "?!." if mark in found[0]), "")
        start = found.end()
    if start < len(text):
        yield start, len(text), ""


@frozen
class Sentence:
    """A sentence.

    Attributes:
        words: Its words in lower case; a comma, a colon and the bar of a table count as the word ",".
        is_question: Whether it ends in a question mark.
        start: Where it begins in the text.
        end: Where it ends.
        part_of: The number of the sentence, where this is a clause of one.
        is_listed: Whether it begins a point of a list or a row of a table.
    """

    words: tuple[str, ...]
    is_question: bool
    start: int
    end: int
    part_of: int = 0
    is_listed: bool = False


def sentences_of(text: str) -> list[Sentence]:
    """The sentences of a text. Takes time in proportion to its length.

    >>> [s.words for s in sentences_of("I'd return the 0.8 L kettle. Is that OK?")]
    [("i'd", 'return', 'the', '0.8', 'l', 'kettle'), ('is', 'that', 'ok')]
    """
    found: list[Sentence] = []
    text = text.replace("\u2019", "'")
    for start, end, mark in boundaries(text):
        words = _tokens(text[start:end].lower())
        if any(word != "," for word in words):
            begins = start + len(text[start:end]) - len(text[start:end].lstrip())
            found.append(Sentence(words, mark == "?", begins, end, is_listed=_is_listed(text, begins)))
    return found


_POINT = re.compile(r"(?:[-*•|–]|\d{1,3}[.)])\s")  # "- the tent", "1. the tent", "| the tent |"
_NUMBERED_POINT = re.compile(r"(?:\A|\n)[ \t]{0,4}\d{1,3}[.)]\s{1,3}\Z")  # "1." ends a sentence
_BEFORE_A_POINT = 12  # characters before a sentence in which its number may be


def _is_listed(text: str, start: int) -> bool:
    """Whether the sentence that begins here is a point of a list."""
    before = text[max(0, start - _BEFORE_A_POINT) : start]
    if _POINT.match(text, start) is not None:
        return not before.rpartition("\n")[2].strip()
    return _NUMBERED_POINT.search(before) is not None


_QUESTION = r"(?:(?:in|by|for|on|to|with|at|from) )?(?:what|what's|which|who|whom|whose|when|where|where's|why|how|how's)\b(?! about\b)"
_OFFER = (
    r"(?:(?:shall|should|may|can|could) (?:i|we)|(?:do|would) you (?:like|want|need|wish|prefer) (?:me|us)|"
    r"is it (?:ok|okay|all right|alright|fine))\b"
)
_PLAIN_QUESTION = (
    r"(?:(?:do|did|does|would|will|are|is|was|were|have|has) (?:you|it|they|there|that|this|the|your)|"
    r"(?:can|could|would|will) you (?:please |also |just )?(?:remind|tell|let me know|say|share|give|explain))\b"
)
# where a clause begins that asks something else: "shall I return it, and why do you send it back?"
_DIVISION = re.compile(
    rf"(?:,\s*)?\b(?:and|but)\s+(?:(?:also|then)\s+)?(?=(?:(?:ask (?:you )?)?{_QUESTION}|{_OFFER}|{_PLAIN_QUESTION}))"
)
# where a question goes on with another way: "shall I go ahead, or do you have any questions?", "…, or would you prefer red?"
_OR_ELSE = re.compile(
    r"(?:,\s*)?\bor\s+(?=(?:is|are|would|will|should|shall|may|can|could) [a-z]|(?:do|did|have) (?:you|i|we|they)\b)"
)
# where any sentence ends with what the listener may say instead: "please confirm, or tell me what to change"
_OR_SAY = re.compile(r"(?:,\s*)?\bor\s+(?=(?:please |just )?(?:let me know|tell me|say so|correct me)\b)")
_LONGEST_REST = 120  # characters
_JOINED = re.compile(r"(?:,\s*)?\b(?:and|but|or)\s+(?:(?:also|then)\s+)?\Z")
_JOINED_ANYHOW = re.compile(r"(?:,\s*)?\b(?:and|but|or)(?:\s+(?:also|then))?\s*\Z", re.IGNORECASE)
_OFFERS = re.compile(
    r"\b(?:(?:shall|should|may|can|could|do|would|am) (?:i|we|you)|(?:want|ok|okay|fine|alright|right) (?:me|us|if|for|to|with)|is it|"
    r"are you|how about|mind|ready|what|what's|which|who|when|where|why|how)\b"
)
"""In a clause that asks something itself, also where the question mark comes later."""


def clauses_of(text: str) -> list[Sentence]:
    """The sentences of a text, divided into the clauses that each ask something. Takes time in proportion to its length.

    >>> [clause.words for clause in clauses_of("Shall I go, and why is it so?")]
    [('shall', 'i', 'go'), ('why', 'is', 'it', 'so')]
    """
    found: list[Sentence] = []
    text = without_marks(text)
    lowered = text.lower().replace("\u2019", "'")
    if len(lowered) != len(text):  # a few letters have no lower case of the same length
        return sentences_of(text)
    for number, sentence in enumerate(sentences_of(text)):
        whole = _without_or_say(lowered[sentence.start : sentence.end])
        divided = {at.end() for at in _DIVISION.finditer(whole)} if sentence.is_question else set[int]()
        # clauses that end here ask something whatever their words are
        asking = {len(whole), *(at.end() for at in _OR_ELSE.finditer(whole) if sentence.is_question)}
        start = 0
        for end in sorted(divided | asking):
            clause = _JOINED.sub("", whole[start:end]) if end < len(whole) else whole[start:]
            words = _tokens(clause)
            if any(word != "," for word in words):
                asks = sentence.is_question and (end in asking or _OFFERS.search(clause) is not None)
                listed = sentence.is_listed and not start
                found.append(Sentence(words, asks, sentence.start + start, sentence.start + end, number, listed))
                start = end
    return found


def _without_or_say(text: str) -> str:
    """A sentence with spaces instead of an end that names no action and no thing: "or let me know what to change"."""
    end = _OR_SAY.search(text, max(0, len(text) - _LONGEST_REST))
    if end is None or any(word not in _NAMING_NOTHING for word in _tokens(text[end.end() :])):
        return text
    return text[: end.start()].ljust(len(text))


def without_joiner(text: str) -> str:
    """A clause without "and" at its end, as a question.

    >>> without_joiner("Why do you send it back, and ")
    'Why do you send it back?'
    """
    return f"{divided.rstrip()}?" if (divided := _JOINED_ANYHOW.sub("", text)) != text else text


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text that is no sentence, such as a name."""
    return tuple(word for word in _tokens(text.lower().replace("\u2019", "'")) if word != ",")


def _tokens(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, a comma for each mark that divides, and "x" for the sign of times."""
    return tuple("," if token in _DIVIDING else _TIMES if token == "×" else token for token in _TOKEN.findall(text))


def is_among(words: Iterable[str], sought: Collection[str]) -> bool:
    """Whether one of some words stands among others, the last of which comes after them; "instead" counts only before "of".

    >>> [is_among(text.split(), {"instead"}) for text in ("instead of the kettle", "instead return the kettle")]
    [True, False]
    """
    return any(word in sought and (word != "instead" or next_ == "of") for word, next_ in pairwise(words))


_IRREGULAR = {
    "sent": "send",
    "given": "give",
    "taken": "take",
    "bought": "buy",
    "made": "make",
    "shipped": "ship",
    "goes": "go",
    "added": "add",
    "adding": "add",
    "cancelled": "cancel",
    "cancelling": "cancel",
    "modified": "modify",
    "paid": "pay",
    "lent": "lend",
    "held": "hold",
    "brought": "bring",
    "replied": "reply",
    "written": "write",
}


def root(word: str) -> str:
    """A word without its ending, so that forms of one word are equal.

    >>> root("returning") == root("returns"), root("sent") == root("sending"), root("boxes") == root("dress")
    (True, True, False)
    """
    return stem(_IRREGULAR.get(word, word))


def word_set(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


# in a request for a go-ahead
AGREEING = word_set(
    "acceptable agree agreed ahead alright approval approve approved authorise authorization authorize begin better can carry comfortable "
    "confirm confirmation consent continue correct could fine go go-ahead good green happy light may might mind object objection "
    "nod objections ok okay permission permit proceed ready right shall should sound sounds start thumbs work works yes"
)

# before a verb with which a question begins: "so, return it?", "yes or no: return it?"
OPENERS = word_set("so ok okay and now then just please yes or no , y n")

QUESTION_WORDS = word_set("what what's which how when where who whose why")

# questions that begin with a question word and still propose something
SUGGESTING = (("how", "about"), ("what", "about"), ("what", "if"), ("why", "don't"), ("what", "do", "you", "say"))

# words that may stand between "shall I" and the action, and words of asking for a go-ahead: none names an action
FILLER = word_set(
    "a about above absolutely acceptable actually advance again agree agreed ahead all allow allowed alright also am an and any both "
    "anything approval approve approved are arrange as ask asked at authorise authorization authorize authorized away be been begin begun "
    "better book by can care carry cleared comfortable complete confirm confirmation confirmed consent continue correct could create did discussed do does "
    "doing done everything execute exactly file finalise finalize fine finish first for forward from further get give go go-ahead "
    "going good got great green handle happy have here i i'd i'll i'm if immediately in initiate is issue it its just kick kindly let "
    "light like look looks made make making may me might mind move must my need next no not now object objection objections of off ok "
    "okay on open or order organise organize our out over perfect perform permission permit place plan please prefer prepare "
    "press proceed proceeding process procedure ready really register request requested right say send set shall should so "
    "something sound sounds start started still straight submit sure take that that's the them then there these this those "
    "through to today trigger two up us want we we'd we'll will wish with work works would yes you you'd you're your yours"
)

# what an agent does without changing anything
LOOKING = word_set(
    "answer ask browse check compare consult describe discuss explain explore find hear help inquire know learn list look read recommend "
    "remind repeat research review search see share show suggest summarise summarize tell verify view wait walk"
)

# before the name of an action: it has happened, must not happen, or is only talked about
DENIED = word_set(
    "not cannot no never without instead rather after unless until avoid stop cancel undo withdraw revoke pause have has had been "
    "was were nothing none already i've we've you've whether skip reason reasons method window policy status eligibility deadline rules"
)
REACH = 3  # words before the name of an action in which such a word counts
FAR = 60  # words of a sentence, or on each side of an action, that are looked at: a long sentence takes linear time

# before the name of an action in its clause: it cannot be, also where other words stand between
NEGATIONS = word_set(
    "not cannot never unable impossible ineligible unavailable too decline declines declining refuse refuses refusing reject rejects "
    "rejecting nor deny denies denying forbid forbids disallow disallows prevent prevents"
)

# what is said, and not sold: "take back what I said", "return to my question"
SPEECH = word_set(
    "question questions message messages word words remark statement answer answers topic point conversation"
)
SAYING = word_set("said say asked wrote told mentioned")

# after the name of an action: the two together name something else
COMPOUNDS = word_set(
    "policy policies window fee fees period reason reasons label status method address deadline conditions options option shipping "
    "cost costs eligibility rules number date case history"
)

# of these, what an action costs: "there is a return fee of $5, shall I proceed?" speaks of the return
COSTS = word_set("fee fees cost costs charge charges")
# after "the costs" and the like, where they are a noun: "the return costs are $5", and not "the return costs $5"
AFTER_COSTS = word_set("is are was were will would can could may might should of for and , amount come")

# a request with one of these asks whether to do something, and not only whether something suits
AHEAD = word_set("ahead proceed proceeding continue go-ahead start begin shall")

# in a sentence in which an agent says what it will do
INTENDING = word_set("i i'll i'm i'd we we'll we'd we're me us my our next step plan")

# words of who speaks
SPEAKER = word_set("i i'll i'd i'm we we'll we'd we're let let's me us my our")
TO_CONFIRM = word_set("confirm verify")

# who does something, and not what happens to a thing: "shall I go back" and "it goes back"
AGENT = word_set("i i'll i'd i'm we we'll we'd we're me us let's you you'll you'd")
MODALS = word_set("shall should may can could will would must might if")
JOINERS = word_set(", and but or then")
DETERMINERS = word_set("the your this that these those a an my both of our its each")
PRONOUNS = word_set("it this that them these those one ones both everything all")

# nouns that name no thing of their own
GENERAL_NOUNS = word_set(
    "item items thing things product products one ones order orders line lines return returns exchange replacement refund purchase "
    "purchases package parcel article articles goods request process procedure cart basket store shop label pickup method reason "
    "quantity delivery courier mail locker post account customer following above same whole rest case unit units piece pieces "
    "money total amount selection list contents version versions variant variants option edition model size it them this that"
)
NOUN_ENDS = word_set(
    ", for from of by with in on at into to and or but now then please because as since so if when while via using today is are was "
    "will would should can could may i you we back instead right away first immediately ok okay without before after that which who"
)

# in what a listener may say instead: none names an action or a thing
_NAMING_NOTHING = (
    FILLER
    | LOOKING
    | word_set(
        "adjust adjusted any anything before change changed changes correct correction corrections detail details different differently "
        "else fix incorrect know needs off other otherwise part point some there update updated what what's which wrong"
    )
)
