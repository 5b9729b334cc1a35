"""The one fold behind every key column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.teams.folding import fold, fold_deep
from portal.teams.models import Member, Team
from tests import make


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "aLICE"),
        ("Älice", "äLICE"),
        ("Straße", "STRASSE"),
        ("e\u0301ric", "\u00c9RIC"),  # decomposed and composed
        ("\u212bngstr\u00f6m", "\u00e5NGSTR\u00d6M"),  # the Angstrom sign
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("İstanbul", "i\u0307stanbul"),
    ],
)
def test_what_people_read_as_the_same_name_folds_to_the_same_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a", "ä"), ("ı", "i"), ("o", "0"), ("ﬁ", "ﬂ"), ("a ", "a")])
def test_different_names_keep_different_keys(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_folds_to_lower_case(text: str) -> None:
    assert fold(text) == text.lower()


def test_a_json_value_folds_its_strings_and_keeps_its_names() -> None:
    value = {"Title": "BOSS", "Phones": [{"Type": "Work", "n": 1}], "ok": True, "no": None}

    assert fold_deep(value) == {"Title": "boss", "Phones": [{"Type": "work", "n": 1}], "ok": True, "no": None}


def test_saving_a_member_brings_every_key_in_step(acme: Team) -> None:
    mia = make.who(acme, "mia")
    mia.family_name, mia.attributes = "STRAßE", {"title": "BOSS"}

    mia.save()

    read = Member.every_team.get(pk=mia.pk)
    assert (read.family_name_key, read.attributes_folded) == ("strasse", {"title": "boss"})
