"""What Seatgate is made of: pinned by hash, of licences that are allowed, told as CycloneDX, and audited."""

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.servers import ROOT
from tools import parts

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
SECURITY = (ROOT / "docs" / "security.md").read_text()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_library_is_pinned_by_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", lock.read_text().strip())

    assert len(entries) >= 1
    assert [each.splitlines()[0] for each in entries if "==" not in each or "--hash=sha256:" not in each] == []


def test_nothing_is_installed_without_its_hash() -> None:
    told = (ROOT / "tools" / "setup.sh").read_text() + (ROOT / "Dockerfile").read_text()
    installs = re.findall(r"[^\n]*\bpip (?:install|sync)\b(?:[^\n]*\\\n)*[^\n]*", told)

    assert len(installs) >= 2
    assert [each for each in installs if "--require-hashes" not in each] == []


def test_every_licence_is_one_that_is_allowed() -> None:
    licences = {name: parts.licence(name) for name in parts.locked()}

    assert [name for name, licence in licences.items() if not licence] == [], "read its licence, and note it"
    assert {name: told for name, told in licences.items() if not parts.terms(told) <= parts.ALLOWED} == {}


def test_a_licence_that_is_not_allowed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(parts.READ, "django", "MIT AND AGPL-3.0-only")

    assert parts.terms(parts.licence("django")) - parts.ALLOWED == {"AGPL-3.0-only"}


def test_the_list_of_licences_is_what_the_lock_says() -> None:
    assert parts.PAGE.read_text() == parts.page(), "Run: python -m tools.parts"


def test_the_bill_of_materials_names_each_library_with_hashes_and_licence(tmp_path: Path) -> None:
    file = tmp_path / "sbom.json"
    subprocess.run([sys.executable, "-m", "tools.parts", str(file)], cwd=ROOT, check=True)

    bill = json.loads(file.read_text())

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert {part["name"]: part["version"] for part in bill["components"]} == parts.locked()
    assert all(part["externalReferences"][0]["hashes"] and part["licenses"] for part in bill["components"])


def test_every_part_that_is_no_python_is_explained() -> None:
    native = [
        name for name in parts.locked() if name not in ("async-timeout", "colorama")
        and any(".so" in file.name for file in metadata.files(name) or ())
    ]  # fmt: skip

    assert {"lxml", "xmlsec", "cryptography"} <= set(native)
    assert [name for name in native if f"| `{name}` |" not in SECURITY] == []


@pytest.mark.long
@pytest.mark.timeout(600)
def test_no_library_has_a_hole_that_is_known() -> None:
    command = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", "-r", "requirements/run.lock", *command],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    looked_at = json.loads(done.stdout)["dependencies"] if done.stdout.strip() else []
    if not any("vulns" in each for each in looked_at):
        told = next((each["skip_reason"] for each in looked_at), (done.stderr or done.stdout).strip()[-200:])
        pytest.skip(f"skipped: the audit's service can't be reached ({told})")
    assert {each["name"]: each["vulns"] for each in looked_at if each.get("vulns")} == {}
    assert [each["name"] for each in looked_at if "vulns" not in each] == []
