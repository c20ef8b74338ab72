"""Files of recorded tasks: what is said of a line that is none."""

from __future__ import annotations

import pytest

from rlve_dsl.compiler.domains.replaying import read_tasks
from rlve_dsl.errors import UsageError


def test_a_recorded_task_is_read() -> None:
    (task,) = read_tasks(
        ['{"task": "a", "calls": [{"name": "desk.look", "arguments": {"x": 1}}], "changed": {}}\n', "\n"]
    )
    assert (task.name, task.calls, task.refused) == ("a", (("desk.look", {"x": 1}),), ())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"id": 3, "messages": []}', "there is no `calls`; one is `{"),
        ('{"calls": [{"name": "look"}]}', "there is no `arguments`; one is `{"),
        ("[1, 2]", "one is `{"),
        ('{"task": "a", "calls": 3, "changed": {}}', "one is `{"),
        ("kind: Domain", "it is not JSON"),
    ],
)
def test_another_line_is_refused_in_words(line: str, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_tasks([line])
    told = str(refused.value)
    assert told.startswith("line 1 is no recorded task") and why in told and "Error" not in told
