"""Speakers of two languages: some common words and small talk come in the other one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rlve_dsl.expressions import Share
from rlve_dsl.rng import Stream
from rlve_dsl.user import noise
from rlve_dsl_noise.words import pattern_of, replaced

# Each entry means the same in both languages, so that what the user wants stays what it is.
WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "hello": "hola", "hi": "hola", "hi there": "hola", "hey": "oye", "good afternoon": "buenas tardes", "please": "por favor",
        "thanks": "gracias", "thank you": "gracias", "thanks for asking": "gracias por preguntar", "sorry": "perdón",
        "of course": "claro", "sure": "claro", "no problem": "no hay problema", "that's all": "eso es todo",
        "that's everything": "eso es todo", "nothing else": "nada más", "yes": "sí", "and": "y", "but": "pero", "with": "con",
        "also": "también", "today": "hoy", "i need": "necesito", "i want": "quiero", "i'd like": "quisiera", "i have": "tengo",
        "my list": "mi lista", "my shopping list": "mi lista de compras", "let me see": "a ver", "i don't mind": "me da igual",
    },
    "fr": {
        "hello": "bonjour", "hi": "salut", "hi there": "salut", "hey": "salut", "good afternoon": "bonjour",
        "please": "s'il vous plaît", "thanks": "merci", "thank you": "merci", "thanks for asking": "merci de demander",
        "sorry": "pardon", "of course": "bien sûr", "sure": "d'accord", "no problem": "pas de problème", "that's all": "c'est tout",
        "that's everything": "c'est tout", "nothing else": "rien d'autre", "yes": "oui", "and": "et", "but": "mais",
        "with": "avec", "also": "aussi", "today": "aujourd'hui", "i need": "il me faut", "i want": "je veux",
        "i'd like": "je voudrais", "i have": "j'ai", "my list": "ma liste", "my shopping list": "ma liste de courses",
        "let me see": "voyons", "i don't mind": "ça m'est égal",
    },
    "de": {
        "hello": "hallo", "hi": "hallo", "hi there": "hallo", "hey": "hallo", "good afternoon": "guten Tag", "please": "bitte",
        "thanks": "danke", "thank you": "danke", "thanks for asking": "danke der Nachfrage", "sorry": "Entschuldigung",
        "of course": "natürlich", "sure": "klar", "no problem": "kein Problem", "that's all": "das ist alles",
        "that's everything": "das ist alles", "nothing else": "sonst nichts", "yes": "ja", "and": "und", "but": "aber",
        "with": "mit", "also": "auch", "today": "heute", "i need": "ich brauche", "i want": "ich will", "i'd like": "ich möchte",
        "i have": "ich habe", "my list": "meine Liste", "my shopping list": "meine Einkaufsliste", "let me see": "mal sehen",
        "i don't mind": "das ist mir gleich",
    },
}  # fmt: skip

_PATTERNS = {language: pattern_of(words) for language, words in WORDS.items()}


@noise()
def code_switching(text: str, stream: Stream, share: Share, language: Literal["es", "fr", "de"] = "es") -> str:
    """This share of common words and small talk comes in another language: Spanish (es), French (fr) or German (de)."""
    return replaced(text, _PATTERNS[language], WORDS[language], share, stream)
