"""docs/saml.md names only tests and attacks that exist, and leaves no requirement and no family of attacks out."""

import ast
import re
from pathlib import Path

import pytest

from tests.sso.test_bounded import CORPUS

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = (ROOT / "docs" / "saml.md").read_text()
FAMILIES = [
    "comment truncation",
    "signature wrapping, wrong element read",
    "parser differential, attribute and namespace pollution",
    "failed canonicalization read as empty",
    "digest confusion, several SignedInfo",
    "trust in an embedded key",
    "signature excluded or empty",
    "HMAC, truncation",
    "XXE, DTD",
    "denial of service: compressed, huge, transforms",
    "redirect binding, signature confusion",
    "encrypted assertions skip the check",
    "IV and padding, checks as assert statements",
    "open redirect by RelayState",
]


def named() -> set[tuple[str, str]]:
    """Each test the page names: the file, and the function, or "" for all of it."""
    found: set[tuple[str, str]] = set()
    for file, listed in re.findall(r"`(test_\w+)`(?::|,) ([^`|.]+)", PAGE):
        names = [name.strip() for name in listed.split(",")]
        found |= {(file, "" if name == "all of it" else name) for name in names if name}
    return found


def functions_of(file: str) -> set[str]:
    """The tests of a file: of this folder, or of another that the page names."""
    return {
        name for place in ROOT.glob(f"tests/*/{file}.py")
        for name in re.findall(r"^def test_(\w+)", place.read_text(), re.M)
    }  # fmt: skip


def test_every_test_the_page_names_exists() -> None:
    missing = {
        (file, name) for file, name in named() if name not in functions_of(file) | {""} or not functions_of(file)
    }

    assert len(named()) > 60
    assert missing == set()


def test_every_requirement_has_its_row() -> None:
    assert [int(number) for number in re.findall(r"^\| R(\d+) \|", PAGE, re.M)] == list(range(1, 31))


def test_every_family_of_attacks_has_its_row() -> None:
    rows = re.findall(r"^\| ([^|]+) \|[^|]+\|$", PAGE.partition("## Families of attacks")[2], re.M)

    assert [row.strip() for row in rows][1:] == FAMILIES


@pytest.mark.parametrize("name", re.findall(r"\*([^*]+)\*", PAGE.partition("## Families of attacks")[2]))
def test_an_attack_the_page_names_exists(name: str) -> None:
    assert name in {attack.name for attack in CORPUS}


def test_no_check_of_single_sign_on_is_an_assert_statement() -> None:
    """`python -O` drops them (pysaml2's CVE-2017-1000433)."""
    found = [
        f"{file.name}:{node.lineno}"
        for file in (ROOT / "sso").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Assert)
    ]

    assert found == []
