"""What people who wrote domains from the documentation alone stumbled over."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import rlve_dsl
from rlve_dsl.certify.cases import Case
from rlve_dsl.cli import main
from rlve_dsl.compiler import task_compiler
from rlve_dsl.diagnostics import Diagnostic
from rlve_dsl.episode import Action, Call
from rlve_dsl.errors import ScenarioError
from rlve_dsl.expressions import EvaluationError
from rlve_dsl.world import Refusal
from tests.domains.conftest import BOOKS, LENDING, MEMBERS, RULES, compiled, rules, shop_of

CLINIC = Path(__file__).parents[2] / "scenarios" / "examples" / "clinic"
Edit = Callable[..., Path]


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """`edit(file, (old, new), …)` changes a file of a copy of the clinic; the path of its collection."""
    shutil.copytree(CLINIC.parents[1], tmp_path / "scenarios")
    folder = tmp_path / "scenarios" / "examples" / "clinic"

    def change(name: str, *edits: tuple[str, str]) -> Path:
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in edits:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (folder / name).write_text(text, encoding="utf-8")
        return folder / "clinic-desk.yaml"

    return change


def problems(path: Path) -> list[Diagnostic]:
    with pytest.raises(ScenarioError) as raised:
        rlve_dsl.load(path)
    return list(raised.value.diagnostics)


def test_a_world_gives_an_id_in_words(edit: Edit) -> None:
    ids = 'record: {doctor_id: "surely([\\"D-1\\", \\"D-2\\", \\"D-3\\", \\"D-4\\", \\"D-5\\"][n])", name: "surely(called[n])"'
    path = edit("cancellation.yaml", ('record: {name: "surely(called[n])"', ids))
    tables = rlve_dsl.load(path).reset("cancellation", level=0, seed=0)._store.shop.state.tables
    assert [row["doctor_id"] for row in tables.of("doctor")] == ["D-1", "D-2", "D-3", "D-4", "D-5"]


def test_a_tool_gives_an_id_in_words_or_refuses_one_that_is_taken() -> None:
    text = LENDING.replace(
        "{create: loan, record: {member_id", '{create: loan, record: {loan_id: "joined([b.title, m.name])", member_id'
    )
    domain, found = compiled(text)
    assert domain is not None and not found, found
    shop = shop_of(domain, {"members": MEMBERS, "books": BOOKS})
    lend = domain.tools["lending.lend"]
    assert lend.call(shop, member_id="m1", book_id="b1")["loan_id"] == "Tides and Ana"


def test_a_world_that_cannot_be_drawn_is_reported_at_its_sampler(edit: Edit) -> None:
    path = edit("cancellation.yaml", ("where: it.name == who}", "where: it.name == who and it.missed > 9}"))
    found = [d for d in problems(path) if d.code == "R214"]
    text = (path.parent / "cancellation.yaml").read_text(encoding="utf-8").splitlines()
    assert found[0].span is not None and text[found[0].span.line - 1].strip().startswith("sample_entity: ")
    assert "product" not in found[0].help


def test_a_requirement_that_no_world_meets_is_reported_at_its_condition(edit: Edit) -> None:
    path = edit("cancellation.yaml", ("goal:\n", "require:\n  many: count(diary) > 90\n\ngoal:\n"))
    found = [d for d in problems(path) if d.code == "R214"]
    text = (path.parent / "cancellation.yaml").read_text(encoding="utf-8").splitlines()
    assert found[0].span is not None and text[found[0].span.line - 1] == "  many: count(diary) > 90"


def test_a_fact_outside_of_its_bounds_is_an_error_in_worlds_and_a_refusal_in_calls(
    edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "appointment.days_ahead: {type: days, min: 0, max: 90"
    edit("clinic-desk.yaml", (", requests.yaml]", "]"))
    path = edit("policy.yaml", (old, old.replace("90", "3")))
    told = "the fact `appointment.days_ahead` is . days, and its `max` is 3 days"
    found = [d.message for d in problems(path) if d.code == "R215"]
    assert found and all(re.search(told, message) for message in found), "some of the worlds that are tried have it"
    monkeypatch.setattr(task_compiler, "check_worlds", lambda *of: None)  # as if none of them had
    scenario = rlve_dsl.load(path)
    case = next(case for seed in range(30) if (case := Case(scenario, "cancellation", 6, seed)).opened is None)
    place = f"`cancellation` at level 6, seed {case.seed}: "
    with pytest.raises(EvaluationError, match=f"^{place}.*{told}"):
        case.reset()
    assert re.search(rf"{place}.*{told} \(clinic.yaml, line \d+\)$", case.oracle.problem), "where it stands in the file"
    governance = rules()
    assert "max: $500" in RULES
    domain, _ = compiled(LENDING, governance)
    assert domain is not None
    dear = {**BOOKS, "b1": {**BOOKS["b1"], "price": 50_100}}
    shop = shop_of(domain, {"members": MEMBERS, "books": dear}, governance)
    with pytest.raises(Refusal, match=r"the fact `book.price` is \$501, and its `max` is \$500"):
        domain.tools["lending.lend"].call(shop, member_id="m1", book_id="b1")


def test_the_user_knows_a_thing_by_the_name_of_what_it_is_about(edit: Edit) -> None:
    scenario = rlve_dsl.load(edit("clinic.yaml", ('    says: "{time} slot in {days_ahead}"\n', "")))
    for seed in range(30):
        episode = scenario.reset("cancellation", level=8, seed=seed)
        names = episode.parts[0].names
        look = Call("clinic.list_appointments", {"patient_id": names["caller"]["patient_id"]})
        shown = episode.step(Action("", (look,))).turn.results[0].value
        assert shown
    # of an appointment nobody has a name, but people know the patient whose it is
    assert {thing.name for thing in episode._store.things()} >= {names["who"]}


def test_an_id_that_the_user_has_said_is_known_before_a_tool_shows_it() -> None:
    library = rlve_dsl.load(CLINIC.parent / "library" / "town-library.yaml")
    episode = library.reset("renewals", level=0, seed=0)
    card = episode.parts[0].names["reader"]["member_id"]
    assert card in episode.opening
    ids = {thing.entity[1] for thing in episode._things() if thing.entity is not None}
    assert ids == {card}
    assert not [thing for thing in episode._store.things() if thing.entity is not None]


def test_quotes_inside_quotes_are_written_in_single_ones(edit: Edit) -> None:
    path = edit("cancellation.yaml", ("value: surely(first(diary))", 'value: "surely(first(x for x in diary if x.status == "booked"))"'))  # fmt: skip
    (found,) = problems(path)
    assert found.label == "write `'surely(first(x for x in diary if x.status == \"booked\"))'`"


def test_the_name_of_a_domain_has_no_dash(edit: Edit) -> None:
    found = problems(edit("clinic.yaml", ("name: clinic\n", "name: my-clinic\n")))
    assert [(d.code, d.message) for d in found if "my-clinic" in d.message] == [("S106", "`my-clinic` is not a name")]


def test_explain_shows_a_domain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(CLINIC / "clinic.yaml")]) == 0
    told = capsys.readouterr().out
    for words in ("appointments", "status: one of booked, cancelled", "clinic.book", "patient_id: patient id", "booking_allowed", "changes"):  # fmt: skip
        assert words in told, words


def test_a_step_goes_through_words(edit: Edit) -> None:
    step = "  - let: more\n    for_each: field in [general, skin, heart]\n    create: doctor\n    record: {name: field, specialty: field}\n"
    path = edit("cancellation.yaml", ("  - let: who\n", f"{step}  - let: who\n"))
    tables = rlve_dsl.load(path).reset("cancellation", level=0, seed=0)._store.shop.state.tables
    assert [row["specialty"] for row in tables.of("doctor")][-3:] == ["general", "skin", "heart"]
