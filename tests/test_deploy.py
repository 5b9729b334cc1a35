"""What an operator starts from: the image's own commands run in a clean folder, and each file is what it must be."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import servers
from tests.servers import ROOT

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*"))


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Read a Dockerfile: each instruction and its words."""
    text = re.sub(r"^#.*\n", "", text, flags=re.M).replace("\\\n", " ")
    for line in filter(str.strip, text.splitlines()):
        name, _, words = line.strip().partition(" ")
        yield name, words.strip()


def build(folder: Path, install: bool) -> tuple[list[str], dict[str, str]]:
    """Do what the Dockerfile says, with this folder for /app; returns its CMD and its ENV.

    Left out: what needs a container's root (packages, users). Without `install` the libraries of this run are lent.
    """
    # Whom this machine trusts, and how it gets out, a build is told by the machine too.
    outward = {name: os.environ[name] for name in ("SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY") if name in os.environ}
    command, env = [], {"PATH": os.environ["PATH"], "HOME": str(folder)} | outward
    for name, words in instructions((ROOT / "Dockerfile").read_text()):
        if name == "COPY" and not words.startswith("--from"):
            copy(folder, words)
        elif name == "RUN" and "apt-get" not in words:
            if "pip install" in words and not install:
                lend(folder)
                continue
            done = subprocess.run(
                ["sh", "-ec", words], cwd=folder, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
        elif name == "ENV":
            env |= dict(
                pair.split("=", 1)
                for pair in shlex.split(words.replace("/app", str(folder)).replace("$PATH", env["PATH"]))
            )
        elif name == "CMD":
            command = json.loads(words)
    return command, env


def copy(folder: Path, words: str) -> None:
    """Copy as COPY does, and only what .dockerignore lets into the build."""
    *sources, target = words.split()
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for source in sources:
        assert source in let_in, f"{source} is kept out by .dockerignore"
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (folder / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, folder / target)


def lend(folder: Path) -> None:
    """Make a virtual environment that finds this run's libraries."""
    venv.create(folder / ".venv", symlinks=True)
    packages = next((folder / ".venv").glob("lib/python*/site-packages"))
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("install", [False, pytest.param(True, marks=pytest.mark.long)], ids=["lent", "installed"])
def test_what_the_image_is_built_by_serves_pages_and_their_files(
    install: bool, tmp_path: Path, sqlite_files: servers.SqliteFiles
) -> None:
    app = tmp_path / "app"
    app.mkdir()
    command, env = build(app, install)
    port = servers.free_port()
    command = [str(port) if word == "8000" else word for word in command]
    written = {file for file in app.rglob("*") if file.is_file()}

    with sqlite_files.fresh() as url, (tmp_path / "log").open("wb") as log:
        given = {**servers.environment(url, BASE_URL=f"http://localhost:{port}"), **env}
        given["COLLECTED_STATIC"] = "1"
        process = subprocess.Popen(
            [str(app / ".venv/bin/python"), *command[1:]],
            cwd=app,
            env=given,
            start_new_session=True,
            stdout=log,
            stderr=log,
        )
        try:
            portal = servers.Portal(f"http://localhost:{port}", url, process, log)
            servers.await_answer(portal, f"http://127.0.0.1:{port}/readyz")
            page = urllib.request.urlopen(f"{portal.url}/sign-in/", timeout=20).read().decode()
            style = re.search(r'href="(/static/portal/seatgate\.[0-9a-f]{12}\.css)"', page)
            assert style, page[:2000]
            assert urllib.request.urlopen(portal.url + style[1], timeout=20).status == 200
        finally:
            servers.stop(process)

    # A read-only root: the server wrote nothing of its own into the image.
    assert {file for file in app.rglob("*") if file.is_file() and "__pycache__" not in file.parts} <= written


def test_the_image_runs_as_nobody_and_ends_on_sigterm() -> None:
    named = list(instructions((ROOT / "Dockerfile").read_text()))

    assert ("USER", "10001") in named
    assert dict(named)["ENTRYPOINT"] == '["tini", "--"]'


def test_every_service_of_ours_is_read_only_without_rights_and_checked() -> None:
    told: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = told["services"]

    assert {"nginx", "web", "worker", "migrate", "postgres", "redis"} == set(services)
    for name in ("nginx", "web", "worker", "migrate", "redis"):
        service = services[name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert "no-new-privileges:true" in service["security_opt"]
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    address = services["nginx"]["networks"]["inside"]["ipv4_address"]
    assert services["web"]["environment"]["TRUSTED_PROXIES"] == address
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        for mount in service.get("volumes", []):
            source = mount.partition(":")[0]
            assert source in told["volumes"] or source == "./certs" or (ROOT / source).exists(), mount


def test_every_variable_that_the_files_set_is_one_that_we_read() -> None:
    known = set(re.findall(r"^#?([A-Z][A-Z_]*)=", (ROOT / ".env.example").read_text(), re.M))
    told = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["web"]["environment"]
    set_by_units = {
        pair.partition("=")[0]
        for unit in UNITS
        for line in re.findall(r"^Environment=(.*)$", unit.read_text(), re.M)
        for pair in line.split()
    }

    assert set(told) <= known
    assert set_by_units - {"PYTHONUNBUFFERED", "LC_ALL"} <= known


def test_every_variable_that_is_read_stands_in_the_example_and_the_other_way_round() -> None:
    settings = (ROOT / "portal" / "settings.py").read_text()
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))
    known = set(re.findall(r"^#?([A-Z][A-Z_]*)=", (ROOT / ".env.example").read_text(), re.M))

    assert read == known


def test_nginx_hands_on_what_the_portal_reads_and_keeps_the_numbers_inside() -> None:
    conf = (ROOT / "deploy" / "nginx.conf").read_text()

    assert conf.count("{") == conf.count("}")
    for line in re.sub(r"#.*", "", conf).splitlines():
        assert not line.strip() or line.strip()[-1] in "{};", line
    for header in (
        "X-Forwarded-For $remote_addr",
        "X-Forwarded-Proto $scheme",
        "X-Request-ID $request_id",
        "Host $host",
    ):
        assert f"proxy_set_header {header};" in conf
    shows = {re.search(r"listen (\d+)", block)[1]: re.search(r"location = /metrics \{\s+(\w+)", block)  # type: ignore[index]
             for block in conf.split("    server {\n")[1:]}  # fmt: skip
    assert {port: found[1] for port, found in shows.items() if found} == {"8443": "return", "9443": "proxy_pass"}
    assert "9443" not in (ROOT / "compose.yaml").read_text()


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx here")
def test_nginx_itself_accepts_its_file(tmp_path: Path) -> None:
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    files = ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run([*make, *files], check=True, capture_output=True)
    conf = (ROOT / "deploy" / "nginx.conf").read_text()
    (tmp_path / "nginx.conf").write_text(
        conf.replace("/etc/nginx/certs", str(tmp_path)).replace("server web:8000", "server 127.0.0.1:8000")
    )

    done = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_accepts_each_unit(unit: Path, tmp_path: Path) -> None:
    for other in UNITS:
        # The program must be there: this run's own stands in for the installed one.
        text = other.read_text().replace("/opt/seatgate/.venv/bin/python", sys.executable)
        (tmp_path / other.name).write_text(text)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / unit.name], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
