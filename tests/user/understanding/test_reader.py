"""The reader: what it sees of messages and facts, and that it computes what was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.corpus.examples import Example, examples
from rlve_dsl.user.understanding import reader as reader_module
from rlve_dsl.user.understanding.facts_read import read_facts
from rlve_dsl.user.understanding.lexicon import lexicon
from rlve_dsl.user.understanding.likeness import NUMBERS, Likeness, likeness_of
from rlve_dsl.user.understanding.meanings import Numbers
from rlve_dsl.user.understanding.network import KINDS
from rlve_dsl.user.understanding.network import Network as ShippedNetwork
from rlve_dsl.user.understanding.reader import READER_FILES, Reader, read_network, reader
from rlve_dsl.user.understanding.reading import Prepared
from rlve_dsl.user.understanding.tokens import MOST_TOKENS, tokens_of
from tests.user.slots import slot

SPACE = slot("space", "I need about {6 square metres}.", "How much space do you need?")
FLOOR = slot("floor", "It should be on the {ground floor}.", "On which floor should it be?")
PAID = slot("paid", "I can pay {$120} a month.", "What is the most you would pay a month?")
FACTS = [SPACE, FLOOR, PAID]
NAMED = [
    slot("count", f"{{2}} of {{{name}}}.", f"How many of {{{name}}}?", key=place)
    for place, name in enumerate(("the blue mug", "the garden hose"))
]


def compared(facts: list, message: str) -> tuple[list[str], Likeness]:  # type: ignore[type-arg]
    tokens = tokens_of(message, str)
    return tokens, likeness_of(tokens, read_facts(facts, (), lexicon()), lexicon())


def some(writer: str, count: int) -> list[Example]:
    return [example for example in examples("building") if example.situation.id.startswith(writer)][:count]


def test_marks_of_lists_and_ends_of_lines_are_tokens() -> None:
    assert tokens_of("I need:\n1) the size\n- a **colour**?", str) == [
        "i", "need", ":", "\n", "\u2022", "the", "size", "\n", "\u2022", "a", "colour", "?",
    ]  # fmt: skip


def test_of_a_long_message_the_first_and_the_last_tokens_are_read() -> None:
    found = tokens_of("first " + "word " * 600 + "last", str)
    assert len(found) == MOST_TOKENS and (found[0], found[-1]) == ("first", "last")


def test_a_token_is_most_like_the_fact_that_has_it() -> None:
    tokens, likeness = compared(FACTS, "Tell me the floor, please.")
    of_floor = likeness.numbers[tokens.index("floor"), :, 0]
    assert of_floor.argmax() == 1 and of_floor[1] == 1


def test_a_fact_that_the_message_covers_is_told() -> None:
    covered = compared(FACTS, "On which floor?")[1].covered[:, 0]
    assert covered.argmax() == 1


def test_a_token_names_an_item_by_its_name_or_its_place() -> None:
    tokens, likeness = compared(NAMED, "The hose, and the first one?")
    own, other, at, not_at = likeness.numbers[..., NUMBERS - 4 :].transpose(2, 0, 1)
    assert own[tokens.index("hose")].tolist() == [0, 1] and other[tokens.index("hose")].tolist() == [1, 0]
    assert at[tokens.index("first")].tolist() == [1, 0] and not_at[tokens.index("first")].tolist() == [0, 1]


def test_likeness_is_the_same_whatever_other_facts_there_are() -> None:
    alone, together = compared([FLOOR], "Which storey?")[1], compared(FACTS, "Which storey?")[1]
    assert np.array_equal(alone.numbers[:, 0, :12], together.numbers[:, 1, :12])


def test_what_is_read_does_not_depend_on_the_order_of_the_facts() -> None:
    message = "How much space, and on which floor?"
    first, second = (Prepared(facts, ()).read(message) for facts in (FACTS, FACTS[::-1]))
    assert first is not None and second is not None
    assert np.allclose(first.read.asked, second.read.asked[::-1], atol=1e-5)


def test_what_is_read_does_not_depend_on_what_was_read_before() -> None:
    prepared = Prepared(FACTS, ())
    message = prepared.compared("How much space, and on which floor?")
    assert message is not None
    found = []
    for each in (reader(), reader.__wrapped__()):  # the one that all tests use, and a new one
        for _ in range(2):
            of = message.tokens, message.likeness, each.prompt(prepared.facts), message.hints
            found.append(each.read(*of).asked.tobytes())
    assert len(set(found)) == 1


def test_a_prepared_message_without_words_is_nothing() -> None:
    assert Prepared(FACTS, ()).read("?!\u2026") is None


def read_by(*networks: ShippedNetwork, message: str) -> Numbers:
    """For each fact how likely the message asks for it, as a logit."""
    prepared, together = Prepared(FACTS, ()), Reader(networks)
    compared = prepared.compared(message)
    assert compared is not None
    asked = together.read(compared.tokens, compared.likeness, together.prompt(prepared.facts), compared.hints).asked
    likely = np.clip(asked, 1e-6, 1 - 1e-6)
    return np.log(likely / (1 - likely))


def test_the_mean_counts_where_the_first_network_is_not_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "SURE", 100.0)
    first, second = (read_network(path) for path in READER_FILES)
    message = "And that bit about the ground, or so?"
    apart = [read_by(each, message=message) for each in (first, second)]
    assert not np.allclose(*apart, atol=0.1)
    together, surest = read_by(first, second, message=message), np.abs(apart).max(axis=0)
    decided = surest < 13  # a likelihood has six digits
    assert decided.any() and np.allclose(together[decided], np.mean(apart, axis=0)[decided], atol=0.1)


def test_the_first_network_reads_alone_where_it_is_sure() -> None:
    first, second = (read_network(path) for path in READER_FILES)
    message = "On which floor should it be?"
    alone = read_by(first, message=message)
    assert np.array_equal(alone, read_by(first, second, message=message))
    assert not np.array_equal(alone, read_by(second, first, message=message))


def test_the_shipped_networks_have_the_sizes_that_they_are_trained_with() -> None:
    pytest.importorskip("torch")
    from benchmarks.reader.network import SIZES, Network
    from benchmarks.train_understanding import read

    for path, sizes in zip(READER_FILES, SIZES, strict=True):
        network = Network(1, sizes)
        known = {"<other>": 0}
        network.load_state_dict(read(path, known, network.state_dict()))


def test_the_shipped_networks_are_small_and_know_usual_words() -> None:
    assert all(path.stat().st_size < 3_200_000 for path in READER_FILES)
    assert reader().knows("which") and not reader().knows("antidisestablishmentarianism")


def test_the_reader_computes_what_was_trained(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from benchmarks.reader.network import SIZES, Network
    from benchmarks.reader.rows import batch_of, known_words, row_of
    from benchmarks.reader.variants import as_written
    from benchmarks.train_understanding import weights_of

    corpus = some("w16", 12)
    known = known_words(corpus)
    torch.manual_seed(1)
    network = Network(len(known), SIZES[0]).eval()
    for parameter in network.parameters():
        parameter.data = parameter.data.half().float()
    made = ShippedNetwork(
        {name: value.astype(np.float64) for name, value in weights_of(network.state_dict()).items()}, known
    )
    variants = [as_written(example) for example in corpus]
    rows = [row for variant in variants if (row := row_of(variant, known)) is not None]
    with torch.no_grad():
        asked, kinds = network(batch_of(rows, 0.0, np.random.default_rng(0)))
    for place, (variant, row) in enumerate(zip(variants, rows, strict=True)):
        prepared = Prepared(variant.held, variant.absent)
        message = prepared.compared(variant.text)
        assert message is not None
        of = message.tokens, message.likeness, prepared.facts, made.prompt(prepared.facts), message.hints
        read = made.read(*of)
        count = len(row.facts.fields)
        assert np.allclose(read.likely[:count], asked[place, :count].numpy(), atol=1e-3)
        assert np.allclose(read.likely[count:], kinds[place].numpy(), atol=1e-3) and len(read.likely) == count + len(
            KINDS
        )


def test_training_gives_the_same_bytes_each_time_and_can_go_on(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from benchmarks.reader.network import SIZES, Network
    from benchmarks.train_understanding import read, train, weights_of, write

    for name in ("one.npz", "two.npz"):
        known, weights = train(some("w16", 30), SIZES[0], 1)
        write(tmp_path / name, known, weights)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    state = read(tmp_path / "one.npz", known, Network(len(known), SIZES[0]).state_dict())
    assert all(np.array_equal(value, weights[name]) for name, value in weights_of(state).items())
