"""What a row, or a piece of pasted text, says of a person; and what is wrong with it."""

import pytest

from portal.imports import columns, pasted
from portal.imports.columns import ENTERPRISE
from portal.teams.actor import Role
from portal.teams.errors import Invalid
from portal.teams.verdicts import Person


def test_a_row_says_of_a_person_what_its_cells_say() -> None:
    cells = {
        "email": " ada@x.test ",
        "given_name": "Ada\n Byron",
        "role": "Read-only",
        "title": "Chief",
        "department": "R&D",
    }

    assert columns.person(cells) == Person(
        "ada@x.test", {"given_name": "Ada Byron"}, {"title": "Chief", ENTERPRISE: {"department": "R&D"}}, Role.AUDITOR
    )


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"email": ""}, "There is no e-mail address."),
        ({"email": "nobody"}, "nobody is no e-mail address."),
        ({"email": "a\x00@x.test"}, "E-mail holds a character that can't be shown."),
        ({"email": "a@x.test", "given_name": "\x07"}, "Given name holds a character"),
        ({"email": "a@x.test", "given_name": "x" * 256}, "Given name has more than 255 characters."),
        ({"email": "a@x.test", "family_name": "=1+1"}, "Family name begins with =: a spreadsheet would take it"),
        ({"email": "@SUM(A1)@x.test"}, "E-mail begins with @"),
        ({"email": "a@x.test", "role": "emperor"}, "emperor is no role. Use member, auditor or admin."),
    ],
)
def test_a_cell_that_can_not_be_used_is_told(cells: dict[str, str], words: str) -> None:
    with pytest.raises(Invalid) as told:
        columns.person(cells)

    assert words in str(told.value)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("a@x.test", [("a@x.test", "", "")]),
        ("a@x.test, b@x.test;c@x.test\nd@x.test", [(f"{name}@x.test", "", "") for name in "abcd"]),
        ("a@x.test b@x.test", [("a@x.test", "", ""), ("b@x.test", "", "")]),
        ("Ada Lovelace <ada@x.test>", [("ada@x.test", "Ada", "Lovelace")]),
        ('"Lovelace, Ada" <ada@x.test>, b@x.test', [("ada@x.test", "Ada", "Lovelace"), ("b@x.test", "", "")]),
        ("Lovelace, Ada <ada@x.test>; Hopper, Grace <grace@x.test>",
         [("ada@x.test", "Ada", "Lovelace"), ("grace@x.test", "Grace", "Hopper")]),
        ("Ada King Lovelace\tada@x.test\r\n", [("ada@x.test", "Ada King", "Lovelace")]),
        ("<mailto:ada@x.test>", [("ada@x.test", "", "")]),
        ("Ada", [("Ada", "", "")]),
        (" \n,;\n", []),
    ],
)  # fmt: skip
def test_addresses_are_found_in_every_usual_form(text: str, people: list[tuple[str, str, str]]) -> None:
    found = [line.cells for line in pasted.read(text)]

    assert [(one["email"], one.get("given_name", ""), one.get("family_name", "")) for one in found] == people


def test_pieces_are_numbered_in_their_order() -> None:
    assert [line.number for line in pasted.read("a@x.test\n\nb@x.test")] == [1, 2]
