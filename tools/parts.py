"""What is in the box: every library of requirements/run.lock, its licence, and a CycloneDX bill of materials.

`python -m tools.parts` writes docs/licences.md; `python -m tools.parts FILE` writes the bill (`./dev sbom`).
"""

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).resolve().parent.parent
LOCK, PAGE = ROOT / "requirements" / "run.lock", ROOT / "docs" / "licences.md"
# What may be in the box: licences that leave whoever runs or changes Seatgate free, as it is used here.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Unlicense",
    # psycopg, which is imported and not changed: that is what the Lesser in its name allows.
    "LGPL-3.0-only",
}  # fmt: skip
# Read in the library's own licence file, where its metadata name none, or not by an identifier of SPDX.
READ = {
    "async-timeout": "Apache-2.0",  # only before Python 3.11.3
    "certifi": "MPL-2.0",
    "colorama": "BSD-3-Clause",  # only on Windows
    "django-csp": "BSD-3-Clause",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "isodate": "BSD-3-Clause",
    "qrcode": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "signxml": "Apache-2.0",
    "sqlparse": "BSD-3-Clause",
    "uritemplate": "BSD-3-Clause OR Apache-2.0",
}
HEAD = """# Licences of what Seatgate is made of

Every library of `requirements/run.lock`. Written by `python -m tools.parts`; a test fails where a licence comes in that
`tools/parts.py` does not allow, and where this page is not what the lock says. What only the tests use is not shipped.

| library | version | licence |
|---|---|---|
"""


def locked() -> dict[str, str]:
    """Return the libraries of the lock, with their versions."""
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", LOCK.read_text(), re.M))


def licence(name: str) -> str:
    """Return a library's licence as an SPDX expression; empty where nobody looked yet."""
    if name in READ:
        return READ[name]
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    said = told.get("License-Expression") or told.get("License") or ""
    return said if re.fullmatch(r"[A-Za-z0-9.-]+( (AND|OR) \(?[A-Za-z0-9.-]+( OR [A-Za-z0-9.-]+\))?)*", said) else ""


def terms(expression: str) -> set[str]:
    """Return every licence that an expression names."""
    return set(re.findall(r"[A-Za-z0-9.-]+", expression)) - {"AND", "OR"}


def page() -> str:
    """Write the list of licences."""
    return HEAD + "".join(f"| {name} | {version} | {licence(name)} |\n" for name, version in locked().items())


def bill() -> dict[str, Any]:
    """Make the bill of materials: the lock with its hashes, and each library's licence; it follows the schema."""
    command = [
        sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", str(LOCK), "--pyproject",
        str(ROOT / "pyproject.toml"), "--sv", "1.6", "--output-reproducible", "-o", "-",
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own words alone
    found: dict[str, Any] = json.loads(made.stdout)
    for part in found["components"]:
        part["bom-ref"] = part["purl"]
        part.pop("description", None)
        part["licenses"] = [{"expression": licence(part["name"])}]
    ours = found["metadata"]["component"]["bom-ref"]
    everything = sorted(part["bom-ref"] for part in found["components"])
    found["dependencies"] = [{"ref": ours, "dependsOn": everything}, *({"ref": each} for each in everything)]
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(found))
    if wrong is not None:
        raise ValueError(f"The bill does not follow CycloneDX 1.6: {wrong}")
    return found


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(bill(), indent=2) + "\n")
    else:
        PAGE.write_text(page())
