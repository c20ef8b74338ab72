"""A tokenizer for a tiny model, whose tokens are whole words of the conversations it is warm-started on.

The frame of a tool call (`<tool_call>\\n{"name": "`) is one token, and so is a word: a tiny model has few tokens to get
right, and copies a word as one token. Decoding gives the exact text again, with `<|unk|>` for a word it has never seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rlve_dsl.train.families import template_named

END, PAD, UNKNOWN = "<|im_end|>", "<|endoftext|>", "<|unk|>"

# The longest run of JSON punctuation, keys, constants and chat tags.
_FRAME = (
    r"</?tool_(?:call|response)>"
    r"|<\|im_start\|>[a-z]+\n"
    r"|<think>\n\n</think>\n\n"
    r'|"[a-z_]+":(?: (?:true|false|null)| (?=["{\[]))?'
    r'|[{}\[\]"\n]'
    r'|, (?=["{\[])'
)
# Then words, numbers (with a hyphen before them, as in ids), and anything else one character at a time.
PIECES = rf"(?:{_FRAME})+|[ -]?[A-Za-z_]+(?:'[a-z]+)?| ?[-$]?[0-9]+|\s|[^\s]"
# A word in a sentence includes the space before it. A word that begins a JSON string gets a space too, so that both are
# the same token, and the model can copy it from one place to the other.
_OPENING_QUOTE = r'"(?=[A-Za-z])(?![a-z_]+":)'
_SPACED_QUOTE = r'" (?=[A-Za-z])'


def build_tokenizer(texts: Iterable[str]) -> Any:
    """Return a `PreTrainedTokenizerFast` with Qwen3's chat template and every piece of the texts as its vocabulary.

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
    wrapped.chat_template = template_named("qwen3_training")
    return wrapped


def plain_tokens(tokenizer: Any) -> dict[int, str]:
    """Return the tokens that are no special ones, by their number."""
    return {number: text for text, number in tokenizer.get_vocab().items() if text not in (END, PAD, UNKNOWN)}
