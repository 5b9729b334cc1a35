"""The RFCs, case by case: `conformance/*.json` names the clause, what is sent and what must come back.

A file has a `cast`, made before each case by POST. A case is {"clause", "case", "send": [method, path], "query",
"headers", "body"} and either `want`, as in the dialogues, or `finds`: the userNames of the cast that a list holds,
in their order where `ordered` is true. `$name` is the path of somebody of the cast, `$id:name` their id.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.scim.idp import Idp
from tests.scim.test_dialogues import filled, judge

FILES = {
    file.stem: json.loads(file.read_text()) for file in sorted((Path(__file__).parent / "conformance").glob("*.json"))
}
CASES = [(name, case) for name, file in FILES.items() for case in file["cases"]]


@pytest.mark.parametrize(("file", "case"), CASES, ids=[f"{file}: {case['case'][:80]}" for file, case in CASES])
def test_a_clause_is_kept(idp: Idp, file: str, case: dict[str, Any]) -> None:
    """RFC 7643, RFC 7644, RFC 9865 and what identity providers document."""
    made = {one["userName"]: idp.post(one).body["id"] for one in FILES[file]["cast"]}
    paths = {name: f"/Users/{row_id}" for name, row_id in made.items()}
    known = {f"id:{name}": row_id for name, row_id in made.items()} | paths
    (method, path), query = case["send"], urlencode(case.get("query", {}))

    answer = idp.send(method, filled(path, known) + (f"?{query}" if query else ""), filled(case.get("body"), known),
                      **case.get("headers", {}))  # fmt: skip

    if "want" in case:
        assert not judge(case, answer, known), case["clause"]
    else:
        assert answer.status == 200, answer
        found = [one["userName"] for one in answer.body["Resources"] if one["userName"] in paths]
        assert found == case["finds"] if case.get("ordered") else set(found) == set(case["finds"]), case["clause"]


def test_every_case_names_its_clause_once() -> None:
    names = [(file, case["clause"], case["case"]) for file, case in CASES]

    assert len(set(names)) == len(names)
    assert all(case["clause"] and ("want" in case or "finds" in case) for _file, case in CASES)
    assert len(CASES) >= 400
