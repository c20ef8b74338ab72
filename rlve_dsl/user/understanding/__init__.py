"""What a shopper understands of an agent's message.

Belongs here: English, the words of facts, and what a message asks for. Does not belong here: what is disclosed, patience,
any fact or environment by name.
"""

from rlve_dsl.user.understanding.author_words import WordsOfFacts
from rlve_dsl.user.understanding.lexicon import Words
from rlve_dsl.user.understanding.listener import Listener
from rlve_dsl.user.understanding.telling import mistakable
from rlve_dsl.user.understanding.understood import Clause, Kind, Missed, Near, Understood

__all__ = ["Clause", "Kind", "Listener", "Missed", "Near", "Understood", "Words", "WordsOfFacts", "mistakable"]
