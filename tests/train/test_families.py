"""Families of models: how they write calls and end turns, by the chat templates that TRL ships."""

from __future__ import annotations

import copy
from importlib.resources import files
from typing import Any

import pytest

from rlve_dsl.episode import Action, Call, Malformed
from rlve_dsl.errors import UsageError
from rlve_dsl.values import JsonObject

pytest.importorskip("trl")

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from rlve_dsl.train.chat import TemplateChat
from rlve_dsl.train.families import for_training, keeps_turns, known_template, template_named

NAMES = sorted(file.name.removesuffix(".jinja") for file in files("trl").joinpath("chat_templates").iterdir()
               if file.name.endswith(".jinja"))  # fmt: skip
# The special tokens of each family: of the beginning, the end of a sequence, and others that its template writes.
TOKENS = {
    "cohere": ("<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>", []),
    "deepseek": ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", ["<｜User｜>", "<｜Assistant｜>"]),
    "diffusion_gemma": ("<bos>", "<eos>", ["<turn|>", "<|turn>"]),
    "gemma4": ("<bos>", "<eos>", ["<turn|>", "<|turn>", "<|tool_call>", "<tool_call|>"]),
    "gemma": ("<bos>", "<eos>", ["<start_of_turn>", "<end_of_turn>"]),
    "glm4moe": ("[gMASK]", "<|endoftext|>", ["<|user|>", "<|assistant|>", "<|observation|>", "<|system|>"]),
    "gptoss": ("<|startoftext|>", "<|return|>", ["<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|call|>"]),
    "llama3": ("<|begin_of_text|>", "<|eot_id|>", ["<|start_header_id|>", "<|end_header_id|>"]),
    "phi3": ("<s>", "<|endoftext|>", ["<|end|>", "<|user|>", "<|assistant|>"]),
}
TAGGED = ["nemotron_3_5_lightning", "nemotron_3_nano", "nemotron_3_super", "nemotron_3_ultra", "qwen2_5", "qwen3",
          "qwen3_5_nothink", "qwen3_5_think", "qwen3_6", "qwen3_8", "qwen3_instruct_2507"]  # fmt: skip
DESCRIBED = ["glm4moe", "lfm2_2_5", "lfm2_2_5_v2", "lfm2_v2", "llama3_1", "llama3_2"]
TOOL: JsonObject = {"type": "object", "properties": {"words": {"type": "string"}}}
CALL = Call("look_up", {"words": 'blue "lamp"'})


@pytest.fixture(scope="module")
def plain() -> Any:
    """A tokenizer whose tokens are characters, with those of the ChatML format."""
    characters = sorted({*"".join(map(template_named, NAMES)), *map(chr, range(32, 127)), "\n", "\t"})
    made = Tokenizer(models.WordLevel({character: place for place, character in enumerate(characters)}))
    made.pre_tokenizer = pre_tokenizers.Split(Regex("[\\s\\S]"), behavior="isolated")
    made.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made, eos_token="<|im_end|>", pad_token="<|endoftext|>", clean_up_tokenization_spaces=False
    )


def tokenizer_of(name: str, plain: Any) -> Any:
    tokenizer = copy.deepcopy(plain)
    for family, (begin, end, others) in TOKENS.items():
        if name.startswith(family):
            tokenizer.add_special_tokens({"bos_token": begin, "eos_token": end, "additional_special_tokens": others})
            break
    tokenizer.chat_template = template_named(name)
    return tokenizer


def chat_of(name: str, plain: Any) -> TemplateChat:
    return TemplateChat(for_training(tokenizer_of(name, plain)), describe=True, options={"enable_thinking": False})


@pytest.mark.parametrize("name", [*TAGGED, *DESCRIBED])
def test_a_call_as_the_template_writes_it_is_read(name: str, plain: Any) -> None:
    chat = chat_of(name, plain)
    assert chat.tagged == (name in TAGGED)
    tokenizer = tokenizer_of(name, plain)
    call: JsonObject = {"type": "function", "function": {"name": CALL.name, "arguments": dict(CALL.args)}}
    asked = [{"role": "user", "content": "?"}]
    begun = tokenizer.apply_chat_template(asked, tokenize=False)
    whole = tokenizer.apply_chat_template(
        [*asked, {"role": "assistant", "content": "", "tool_calls": [call]}], tokenize=False
    )
    # as the model writes it, after the header of its turn
    turn = whole.removeprefix(begun).partition(">assistant")[2].lstrip("\n") if "im_start" in whole else None
    if turn is None:
        header = chat._header()
        turn = whole.removeprefix(begun).removeprefix(header)
    end = next((text for text, number in chat._ends.items() if turn.rstrip().endswith(text)), None)
    written = turn.rstrip() if end else turn.rstrip() + tokenizer.convert_ids_to_tokens(chat.end)
    read = chat._reader(written)
    assert isinstance(read, Action), read
    assert read.calls == (CALL,) and not read.message


@pytest.mark.parametrize("name", [*TAGGED, *DESCRIBED])
def test_what_is_no_call_is_words_and_a_broken_call_is_told(name: str, plain: Any) -> None:
    chat = chat_of(name, plain)
    end = chat._tokenizer.convert_ids_to_tokens(chat.end)
    read = chat._reader(f"Which colour?{end}")
    assert isinstance(read, Action) and read.message == "Which colour?" and not read.calls
    if name in TAGGED:
        assert isinstance(chat._reader(f"<tool_call>\n{{'name'{end}"), Malformed)


REFUSED = {
    "cohere": "Conversation roles must alternate",
    "deepseek_r1_distill": "leaves out the tools",
    "deepseekv3": "leaves out the tools",
    "gemma": "Conversation roles must alternate",
    "gemma3": "Conversation roles must alternate",
    "gemma4_v5": "leaves out what tools return",
    "gptoss": "no previous assistant message with a tool call",
    "llama3": "leaves out the tools",
    "phi3": "leaves out what tools return",
    "smolvlm": "leaves out what it said as text",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_model_that_cannot_be_trained_with_tools_is_refused_in_a_sentence(name: str, plain: Any) -> None:
    with pytest.raises(UsageError, match=REFUSED[name]):
        chat_of(name, plain)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_of_trl_is_taken_or_refused_in_a_sentence(name: str, plain: Any) -> None:
    taken = name.removesuffix("_training") in (*TAGGED, *DESCRIBED)
    try:
        TemplateChat(tokenizer_of(name, plain), describe=True, options={"enable_thinking": False})
    except UsageError as refused:
        assert not taken and str(refused).startswith("the chat template of this model ")


@pytest.mark.parametrize(("name", "ends"), [
    ("qwen3", {"<|im_end|>"}), ("llama3_1", {"<|eot_id|>"}), ("glm4moe", {"<|endoftext|>", "<|user|>"}),
])  # fmt: skip
def test_a_turn_ends_with_what_the_template_writes_after_it(name: str, ends: set[str], plain: Any) -> None:
    chat = chat_of(name, plain)
    assert set(chat._tokenizer.convert_ids_to_tokens([*chat.ends])) == ends


def test_the_saved_template_writes_a_conversation_as_the_model_read_and_wrote_it(plain: Any) -> None:
    """Qwen3's own template takes the empty thoughts out of earlier turns, which the model has read."""
    tool: JsonObject = {"role": "tool", "name": "look_up", "content": "{}"}
    said: JsonObject = {"role": "assistant", "content": "Which one?"}
    asked: JsonObject = {"role": "user", "content": "?"}
    own = tokenizer_of("qwen3", plain)
    saved = for_training(copy.deepcopy(own))
    assert not keeps_turns(own) and keeps_turns(saved)
    assert known_template(own.chat_template) == known_template(saved.chat_template) == "qwen3"
    chat = TemplateChat(saved, describe=False, options={"enable_thinking": False})
    end = saved.eos_token
    whole = saved.apply_chat_template([asked, said, tool, said], tokenize=False, enable_thinking=False)
    opening = saved.apply_chat_template([asked], tokenize=False, add_generation_prompt=True, enable_thinking=False)
    played = f"{opening}Which one?{end}{chat.continuation_text([tool])}Which one?{end}\n"
    assert whole == played


def test_a_template_that_trl_does_not_know_is_left_as_it_is(plain: Any) -> None:
    other = copy.deepcopy(plain)
    other.chat_template = "{% for m in messages %}{{ m.content }}{% endfor %}"
    assert for_training(other).chat_template == other.chat_template and known_template(other.chat_template) is None
