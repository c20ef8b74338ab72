"""A tokenizer of whole words, made from the conversations that a tiny model is warm-started on.

A turn of tool-call boilerplate (`<tool_call>\\n{"name": "`) is one token, and so is a word: a tiny model has few tokens to
get right, and what it copies is one token long. Decoding gives back the text exactly, or `<|unk|>` for a word never seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

END, PAD, UNKNOWN = "<|im_end|>", "<|endoftext|>", "<|unk|>"

# A run of JSON punctuation, keys, constants and chat tags, as long as it goes.
_FRAME = (
    r"</?tool_(?:call|response)>"
    r"|<\|im_start\|>[a-z]+\n"
    r"|<think>\n\n</think>\n\n"
    r'|"[a-z_]+":(?: (?:true|false|null)| (?=["{\[]))?'
    r'|[{}\[\]"\n]'
    r'|, (?=["{\[])'
)
# Then words, numbers (with what JSON ids join them by), and anything else a character at a time.
PIECES = rf"(?:{_FRAME})+|[ -]?[A-Za-z_]+(?:'[a-z]+)?| ?[-$]?[0-9]+|\s|[^\s]"
# A word in a sentence carries the space before it; one that begins a JSON string gets one too, so that both are the
# same token: what the model reads in one place and writes in the other is then a copy.
_OPENING_QUOTE = r'"(?=[A-Za-z])(?![a-z_]+":)'
_SPACED_QUOTE = r'" (?=[A-Za-z])'


def build_tokenizer(texts: Iterable[str]) -> Any:
    """A `PreTrainedTokenizerFast` with Qwen3's chat template whose vocabulary is every piece of the texts.

    The same texts in any order give the same token ids.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    spaced = normalizers.Replace(Regex(_OPENING_QUOTE), '" ')
    splitter = pre_tokenizers.Split(Regex(PIECES), behavior="isolated")
    counts: Counter[str] = Counter()
    for text in texts:
        for part in text.split(END):
            counts.update(piece for piece, _ in splitter.pre_tokenize_str(spaced.normalize_str(part)))
    pieces = [PAD, END, UNKNOWN, *sorted(counts, key=lambda piece: (-counts[piece], piece))]
    tokenizer = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token=UNKNOWN))
    tokenizer.normalizer = spaced
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.Sequence([decoders.Fuse(), decoders.Replace(Regex(_SPACED_QUOTE), '"')])
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
    )
    # Byte for byte: TRL recognises templates by equality.
    wrapped.chat_template = files("trl").joinpath("chat_templates/qwen3.jinja").read_text(encoding="utf-8")
    return wrapped
