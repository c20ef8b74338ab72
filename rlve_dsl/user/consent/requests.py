"""How people ask whether they should go ahead, in lists of words and phrases.

Belongs here: requests for a go-ahead, what announces an action. Does not belong here: which action is meant, questions about facts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rlve_dsl.user.consent.actions import Wording, actions_of
from rlve_dsl.user.consent.checking import OPEN
from rlve_dsl.user.consent.sentences import FAR, root, words_of


def one_of(phrases: Iterable[str]) -> str:
    """A pattern for one of several phrases."""
    return "(?:" + "|".join(phrases) + ")"


_SHORTEST_BEGINNING = 5  # letters of a word of a tool, at least, with which another word begins
OK = ("ok", "okay", "all right", "alright", "fine")
"""What people call what they agree with."""

_OK = one_of(OK)
_AGREED = one_of((*OK, "good", "agreed", "agree", "acceptable", "correct", "right"))
_IT = one_of(("that", "this", "it"))
_MAY_I = one_of(f"{modal} {who}" for modal in ("shall", "should", "may", "can", "could") for who in ("i", "we"))
_DO = one_of(
    (
        "go ahead", "proceed", "continue", "start", "begin", f"do {_IT}", "do so", "place", "open", "send", "cancel", "add", "book", "put",
        "check out", "submit", "make", "finish", "finali[sz]e", "complete", "create", "return", "order", "process", "recommend", "search",
        "look", "set", "file", "register", "reserve", "now", "then", "take", "run", "pick", "choose", "buy", "confirm", "enter", "change",
        "carry", "move", "go with", "arrange", "issue", "ship", "show", "apply", "put through", "remove", "delete", "drop", "exchange",
        "refund", "schedule", "update", "switch", "give", "crack on", "enroll?", "sign you up", "prepare", "request", "hold", "reschedule",
        "rebook", "upgrade", "block", "go for", "note", "save",
    )
)  # fmt: skip
_ME_TO = one_of(
    ("would you like", "do you want", "want", "would you prefer", "like", *(f"{ok} for" for ok in OK), "happy for")
)
_READY = one_of(
    ("go ahead", "proceed", "good to go", "carry on", "ready for me", "ready to (?:go|check out|proceed|order)")
)
_IF_OK = one_of(
    (
        f"if {_IT} is {_OK}", "if you (?:agree|are happy|are ok|do not mind)", "unless you object",
        "with your (?:permission|approval|ok)",
    )
)  # fmt: skip
_ENDS = one_of(
    (
        "shall i", "shall we", "may i", "can i", "do you agree", "do you approve", "please confirm", "can you confirm", "could you confirm",
        "do you confirm", "give me the (?:green light|go)", "your (?:go|ok|okay|approval|confirmation)", "any objections?", "say the word",
        "say yes", f"confirm {_IT}",
    )
)  # fmt: skip
_GO_AHEAD = re.compile(
    rf"\b{_MAY_I} {_DO}\b|\blet me know if i (?:may|can|should)\b|\bsay the word\b|(?<!not )(?<!before i )\b{_READY}\b"
    rf"|\b{_ME_TO} (?:me|us) to\b(?! know)|\b{_AGREED}(?: (?:with|by|for) (?:you|that))?$|\b{_ENDS}$|\b{_IF_OK}\b"
)
_SPEAKER = frozenset(["i", "we", "me", "us", "it", "that", "this", "you", "go", "proceed", "agreed", "ok", "okay"])

_LEADING = one_of(
    (
        "is", "it", "still", "all", "should", *OK, "so", "and", "can", "could", "would", "will", "do", "please", "just", "you", "then", "now",
        "to", "before", "i", "that", "this", "if", "your", "kindly",
    )
)  # fmt: skip
_CONFIRMED = one_of(
    ("confirm", "agreed", "agree", *OK, "right", "shall i", "may i", "should i", "can i", "yes", "good", "go", "correct", "deal")
)  # fmt: skip
_BARE = re.compile(
    rf"^(?:would|does|will) {_IT} (?:suit|work for|be (?:good|{_OK}) (?:for|with)) you$|^would you like (?:that|this)$"
    rf"|^is (?:it|that) {_OK}(?: with you)? (?:that|if) (?:i|we) (?:go on|proceed|continue|go ahead|start|begin|do (?:so|that|it))$"
    rf"|^(?:{_LEADING} )*{_CONFIRMED}(?: (?:that|this|it|please|with you|by you|for you|so))*$"
)
_WILL = one_of(
    (
        "will", "shall", "am going to", "are going to", "am about to", "are about to", "would", "am ready to", "can", "plan to", "intend to",
        "could", "am", "have", "want to", "propose to", "now",
    )
)  # fmt: skip
_DOING = one_of(
    (
        "found", "begin", "start", "starting", "adding", "proceed", "searching", "placing", "opening", "cancelling", "booking", "sending",
        "returning", "ready",
    )
)  # fmt: skip
_ANNOUNCES = re.compile(rf"\b(?:i|we) {_WILL}\b|\blet me\b|\b{_DOING}\b")
_ON_CONDITION = re.compile(
    rf"\bif (?:{_IT}|you) (?:is|are|agree|do not mind)\b|\bunless you\b|\bwith your (?:permission|approval|ok)\b|\bplease confirm\b"
    r"|\bsay the word\b|\blet me know if i (?:may|can|should)\b|^(?:should|shall|may|can) i\b"
)
_BEGINS = re.compile(
    r"^(?:(?:so|and|ok|okay|now) )*(?:begin|start|proceed|go ahead|continue|place|open|cancel|book|check out|submit|finish|carry on|ready)\b"
)
_OF_A_QUESTION = r"(?:[^.!?;\n]|\.(?=\d)){0,200}"  # what is left of it, as far as one looks; "2.5 L" is one thing
_YOU_WISH = (
    r"you(?:['\u2019](?:d|re)| would| are| still| just| only)? (?:like|want|wish|need|looking|hoping|trying) to\b"
)
_CHECKING = (  # "so you want to return it?", "do you want to return it?"
    rf"(?<!\bif )(?<!\bdo )(?<!\bwould ){_YOU_WISH}(?={_OF_A_QUESTION}\?)"
    rf"|(?:do|would) {_YOU_WISH}(?={_OF_A_QUESTION}\?)(?!{_OF_A_QUESTION}\b{one_of(OPEN.split())}\b)"
)
_GLANCE = re.compile(
    r"\b(?:(?:shall|should|may|can|could|might|must) (?:i|we)|(?:like|want|need|prefer|for) (?:me|us) to|if i|go[- ]?ahead|"
    rf"proceed|confirm|permission|approv\w+|consent|agree|authori\w+|green light|object\w*|say yes|how about|mind|{_OK}|"
    rf"sounds? good|(?:does|would|will) (?:that|this)|(?:does|would|will) it (?:do|suit)|is (?:that|this)|"
    rf"right(?=\?)|{_CHECKING}|(?:happy|good) with {_IT}|acceptable|ready|correct|thumbs?[- ]up|a (?:go|nod|yes)|still (?:want|wish|like) to|"
    r"(?:reply|answer|type|respond|write|say)(?: with)?(?: a)?\W{1,3}(?:yes|ok|okay|y)|say (?:so|the word))\b",
    re.IGNORECASE,
)
_SUITS = re.compile(rf"\b(?:does|would|will) {_IT} (?:do|suit)(?: (?:for )?you)?$")
_IS_CLEAR = re.compile(
    r"^(?:(?:and|so|but|also|then|just|ok|okay) )*(?:before (?:i|we) [a-z ]{1,40}, )?"
    r"(?:(?:(?:do you (?:still )?have|have you(?: got)?|are there|is there) )?any (?:(?:more|other|further|last|remaining|quick) )?"
    r"(?:questions?|concerns?|doubts?)\b(?! you)|(?:do you|you) understand\b|(?:are you|you are) aware\b|is (?:that|this|it|all that|everything) "
    r"(?:clear|understood)\b|(?:does|did) (?:that|this|it) (?:all )?make sense$|understood$)"
)
_AGREEABLE = one_of((*OK, "correct", "agreed", "ready", "sounds? good"))
_INTENTION = re.compile(
    r"\b(?:(?:i|we)(?:['\u2019](?:ll|m|re|d)| will| shall| am| are| would| can| plan| intend)|let me|next step|[a-z]{2,20}ing)\b",
    re.IGNORECASE,
)
# the first word of a question, after "so", "yes or no" and the like; what follows it may be 200 characters long
_FIRST_OF_A_QUESTION = re.compile(
    r"(?:^|(?<=[.!?;\n])\s{0,8})(?:(?:so|ok|okay|and|now|then|just|please|yes or no|yes/no|y/n)[\s,:–-]{1,4}){0,3}([a-z]{2,20})\b"
    + _OF_A_QUESTION
    + r"\?",
    re.IGNORECASE,
)
_MERE_ANSWER = re.compile(
    rf"\s*{_AGREEABLE}(?:[\s,]+(?:{_AGREEABLE}|then|thanks|thank you|great|good))*\s*[.!]*\s*", re.IGNORECASE
)
_SHORT = 80  # characters of the longest message that may be a mere answer


def may_propose(message: str, wordings: tuple[Wording, ...] = ()) -> bool:
    """Whether a message may ask for a go-ahead, as far as a glance shows; most messages do not.

    Args:
        message: What the agent says.
        wordings: The tools that change something: a question may begin with what one is called, "return it?".

    >>> may_propose("Shall I start the return?"), may_propose("Which colour would you like?"), may_propose("Fine.")
    (True, False, False)
    """
    mere = len(message) <= _SHORT and _MERE_ANSWER.fullmatch(message) is not None
    return not mere and (
        _GLANCE.search(message) is not None
        or any(root(found[1].lower()) in actions_of(wordings).verbs for found in _FIRST_OF_A_QUESTION.finditer(message))
    )


def speaks_of_an_action(message: str, wordings: tuple[Wording, ...]) -> bool:
    """Whether a message has a word of what a tool that changes something is called, or one that begins so.

    >>> cancel = (Wording("order.cancel", ("cancel it",)),)
    >>> [speaks_of_an_action(text, cancel) for text in ("The cancellation fee is $25. OK?", "It costs $9. OK?")]
    [True, False]
    """
    verbs = actions_of(wordings).verbs
    words = words_of(message)[:FAR]
    return any(
        root(word) in verbs or any(word[:size] in verbs for size in range(_SHORTEST_BEGINNING, len(word)))
        for word in words
    )


def may_announce(message: str) -> bool:
    """Whether a message may say what the agent will do, as far as a glance shows.

    >>> may_announce("I'll return the tent now."), may_announce("One moment, please.")
    (True, False)
    """
    return _INTENTION.search(message) is not None


def asks_for_a_go_ahead(words: Sequence[str]) -> bool:
    """Whether words ask for a go-ahead; contractions are written out.

    >>> asks_for_a_go_ahead("shall i start the return".split()), asks_for_a_go_ahead("which one should it be".split())
    (True, False)
    """
    return not _SPEAKER.isdisjoint(words) and _GO_AHEAD.search(_text(words)) is not None


def asks_whether_it_suits(words: Sequence[str]) -> bool:
    """Whether words ask if what was said suits the listener: "would that do?"."""
    return _SUITS.search(_text(words)) is not None


def asks_whether_it_is_clear(words: Sequence[str]) -> bool:
    """Whether words ask if the listener has understood, or has questions; that asks for no fact and no go-ahead.

    >>> [asks_whether_it_is_clear(text.split()) for text in ("do you have any questions", "do you have any wishes")]
    [True, False]
    """
    return _IS_CLEAR.search(_text(words)) is not None


def is_on_condition(words: Sequence[str]) -> bool:
    """Whether a statement leaves it to the listener whether something is done: "if that is fine with you"."""
    return _ON_CONDITION.search(_text(words)) is not None


def proposes(words: Sequence[str]) -> bool:
    """Whether a question without a verb for the shopper proposes something: "begin the return?"."""
    return _BEGINS.search(_text(words)) is not None


def is_bare_confirmation(words: Sequence[str]) -> bool:
    """Whether words ask to confirm what was said just before: "OK?", "can you confirm that?"."""
    return _BARE.match(_text(words)) is not None


def announces(words: Sequence[str]) -> bool:
    """Whether words say what the speaker is about to do."""
    return _ANNOUNCES.search(_text(words)) is not None


def _text(words: Sequence[str]) -> str:
    return " ".join(words[:FAR])
