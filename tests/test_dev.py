"""./dev and .ci/run: what they promise a newcomer, tried in a small tree with stand-ins for the apps."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHELL_FILES = [ROOT / "dev", *sorted((ROOT / "tools").glob("*.sh"))]
BASHISMS = re.compile(r"\[\[|^\s*(?:local|function|source|declare) |<\(|<<<|\$'|&>|\+=|\[ [^]]* == |pipefail", re.M)
MANAGE = """
import os, pathlib, signal, sys
command = sys.argv[1]
if command == "worker":
    pathlib.Path("var/worker.pid").write_text(str(os.getpid()))
    if not os.environ.get("WORKER_DIES"):
        signal.pause()
elif command not in ("migrate", "seed_demo"):
    print("answer")
"""
WSGI = """
import time
def application(environ, start_response):
    if environ["PATH_INFO"] == "/hangs":
        time.sleep(60)
    start_response("200 OK", [])
    return [b"ready"]
"""
SETTINGS = 'DATABASES = {"default": {"ENGINE": "sqlite3", "NAME": "var/none.sqlite3"}}\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with a space in its name that holds ./dev, the locks, and nothing set up yet."""
    folder = tmp_path / "a checkout"
    (folder / "portal").mkdir(parents=True)
    for name in ("tools", "requirements"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("dev", "pyproject.toml", ".env.example"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "portal/demo").mkdir()
    files = {"manage.py": MANAGE, "portal/wsgi.py": WSGI, "portal/demo/site_wsgi.py": WSGI}
    for name, text in {**files, "portal/settings.py": SETTINGS}.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def ready(tree: Path) -> Path:
    """The same folder with its set-up done: a virtual environment that lends the libraries of this one."""
    venv.create(tree / ".venv", symlinks=True)
    packages = next((tree / ".venv").glob("lib/python*/site-packages"))
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    (tree / "var").mkdir()
    script = ". tools/setup.sh; lock=requirements/run.lock; key > .venv/set-up"
    subprocess.run(["sh", "-c", script], cwd=tree, check=True)
    return tree


def dev(folder: Path, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run ./dev in a folder, without a terminal."""
    return subprocess.run(
        [folder / "dev", *args],
        env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def fake_python(folder: Path, refuses: str) -> str:
    """Return a PATH on which python3 is the real one, but fails at whatever `refuses` matches."""
    bins = folder / "bins"
    bins.mkdir()
    for name in ("sh", "dirname", "cat", "mkdir", "rm", "ln", "readlink", "id"):
        (bins / name).symlink_to(shutil.which(name) or name)
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sysconfig.get_path("scripts") + "/python3"
    if refuses:
        (bins / "python3").write_text(f'#!/bin/sh\ncase "$*" in {refuses}) exit 1 ;; esac\nexec "{python}" "$@"\n')
        (bins / "python3").chmod(0o755)
    return str(bins)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def free_port() -> int:
    with taken_port() as port:
        return port


@contextmanager
def running(folder: Path, *args: str, **env: str) -> "Iterator[subprocess.Popen[str]]":
    """Start ./dev as a terminal would, in a process group of its own."""
    process = subprocess.Popen(
        [folder / "dev", *args],
        env={**os.environ, **env}, stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, process_group=0,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=20)


def demo_ports() -> dict[str, str]:
    """Return two free ports, as ./dev up is told of them."""
    return {"SEATGATE_PORT": str(free_port()), "SEATGATE_IDP_PORT": str(free_port())}


def wait_for(process: "subprocess.Popen[str]", words: str) -> None:
    """Read what a process prints until these words come."""
    assert process.stdout is not None
    seen = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return
    pytest.fail(f"{words!r} never came:\n{''.join(seen)}")


def is_free(port: str) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", int(port))) != 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# ── What is written ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("file", SHELL_FILES, ids=lambda file: file.name)
def test_dev_is_plain_posix_shell(file: Path) -> None:
    parsed = subprocess.run(["sh", "-n", file], capture_output=True, text=True, check=False)

    assert parsed.returncode == 0, parsed.stderr
    assert not BASHISMS.findall(file.read_text())


def test_ci_run_parses_and_both_commands_can_be_executed() -> None:
    subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=True)

    assert os.access(ROOT / "dev", os.X_OK)
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_help_lists_every_command_and_no_other() -> None:
    commands = set(re.findall(r"^do_(\w+)\(\)", (ROOT / "dev").read_text(), re.M))

    listed = re.findall(r"^\./dev (\w+)", dev(ROOT, "help").stdout, re.M)

    assert set(listed) == commands
    assert dev(ROOT).stdout == dev(ROOT, "help").stdout


def test_env_example_lists_every_variable_that_is_read_and_no_other() -> None:
    read = set(re.findall(r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\"", (ROOT / "portal/settings.py").read_text()))

    listed = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)

    assert set(listed) == read
    assert len(listed) == len(set(listed))


# ── What is refused in one sentence ─────────────────────────────────────────────────────────────────────────────────
def test_an_unknown_command_gets_the_list(tree: Path) -> None:
    answer = dev(tree, "fly")

    assert answer.returncode == 2
    assert "Unknown command: fly" in answer.stderr
    assert "./dev up" in answer.stderr


def test_a_taken_port_is_named_before_anything_is_set_up(tree: Path) -> None:
    with taken_port() as port:
        answer = dev(tree, "up", SEATGATE_PORT=str(port), SEATGATE_IDP_PORT=str(free_port()))

    assert answer.returncode == 1
    assert answer.stderr == f"Port {port} is taken. Stop what uses it, or choose another one with SEATGATE_PORT.\n"
    assert not (tree / ".venv").exists()


def test_a_portal_and_an_idp_on_one_port_are_refused(tree: Path) -> None:
    port = str(free_port())

    answer = dev(tree, "up", SEATGATE_PORT=port, SEATGATE_IDP_PORT=port)

    assert "choose another one with SEATGATE_IDP_PORT" in answer.stderr


def test_without_venv_and_pip_the_missing_package_is_named_within_a_second(tree: Path) -> None:
    path = fake_python(tree, refuses='*ensurepip*|"-m pip"*')
    began = time.monotonic()

    answer = dev(tree, "up", PATH=path, **demo_ports())

    assert answer.stderr.endswith("sudo apt-get install python3-venv\n")
    assert answer.stderr.count("\n") == 1
    assert time.monotonic() - began < 1


def test_without_python_what_to_install_is_named(tree: Path) -> None:
    answer = dev(tree, "test", PATH=fake_python(tree, refuses=""))

    assert answer.returncode == 1
    assert answer.stderr.startswith("Seatgate needs Python 3.11 or newer.")


# ── Set-up ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_set_up_that_was_cut_short_starts_afresh(tree: Path) -> None:
    (tree / ".venv").mkdir()
    (tree / ".venv/set-up").write_text("unfinished\n")
    (tree / ".venv/half-written").touch()

    answer = dev(tree, "manage", "check", PATH=fake_python(tree, refuses='"-m venv"*'))

    assert "virtual environment could not be made" in answer.stderr
    assert not (tree / ".venv/half-written").exists()
    assert (tree / ".venv/set-up").read_text() == "unfinished\n"


def test_a_command_prints_its_answer_and_nothing_else(ready: Path) -> None:
    answer = dev(ready, "manage", "anything", "--json")

    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "answer\n", "")


def test_reset_deletes_only_when_told_to(ready: Path) -> None:
    assert dev(ready, "reset").returncode == 1
    assert (ready / "var").exists()

    assert dev(ready, "reset", "--yes").returncode == 0

    assert not (ready / "var").exists()
    assert (ready / ".venv").exists()


STAND_IN = """
import os, pathlib, sys
name = pathlib.Path(__file__).stem
with open("ran", "a") as ran:
    print(name, *sys.argv[1:], "SEATGATE_LONG" in os.environ, file=ran)
print("figures of", name)
sys.exit(name == os.environ.get("FAILS"))
"""


@pytest.fixture
def checked(ready: Path) -> Path:
    """The same folder with the test tools set up, each of them a stand-in that notes how it was called."""
    for name in ("ruff", "mypy", "djlint", "pytest", "tests/mutation", "bench/soak"):
        (ready / name).parent.mkdir(exist_ok=True)
        (ready / name).parent.joinpath("__init__.py").touch()
        (ready / f"{name}.py").write_text(STAND_IN)
    script = ". tools/setup.sh; lock=requirements/dev.lock; key > .venv/set-up"
    subprocess.run(["sh", "-c", script], cwd=ready, check=True)
    return ready


def ran(folder: Path) -> list[str]:
    """The stand-ins that ran, as they were called."""
    return (folder / "ran").read_text().splitlines()


@pytest.mark.parametrize("words", [[], ["--long", "tests/test_dev.py"]])
def test_mutation_and_soak_belong_to_the_whole_long_run_alone(checked: Path, words: list[str]) -> None:
    assert dev(checked, "test", *words).returncode == 0

    assert not [line for line in ran(checked) if line.startswith(("mutation", "soak"))]


@pytest.mark.parametrize("fails", ["", "mutation", "soak"])
def test_the_long_run_ends_with_mutation_and_soak_and_fails_with_them(checked: Path, fails: str) -> None:
    answer = dev(checked, "test", "--long", FAILS=fails)

    assert ran(checked)[-3:] == ["pytest -n 2 True", "mutation --least 85 False", "soak False"]
    assert answer.returncode == bool(fails)
    assert (f"figures of {fails}" in answer.stderr) == bool(fails)


# ── The demo ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda sent: sent.name)
def test_the_demo_ends_within_ten_seconds_and_leaves_no_process(ready: Path, sent: signal.Signals) -> None:
    ports = demo_ports()
    with running(ready, "up", **ports) as process:
        wait_for(process, "Ctrl-C stops everything")
        worker = int((ready / "var/worker.pid").read_text())

        os.killpg(process.pid, sent)

        assert process.wait(timeout=10) == 0
    assert not is_alive(worker)
    assert all(is_free(port) for port in ports.values())


def test_a_request_that_hangs_does_not_hold_up_the_end(ready: Path) -> None:
    ports = demo_ports()
    with running(ready, "up", **ports) as process:
        wait_for(process, "Ctrl-C stops everything")
        with socket.create_connection(("127.0.0.1", int(ports["SEATGATE_PORT"]))) as caller:
            caller.sendall(b"GET /hangs HTTP/1.1\r\nHost: localhost\r\n\r\n")

            os.killpg(process.pid, signal.SIGINT)

            assert process.wait(timeout=10) == 0
    assert is_free(ports["SEATGATE_PORT"])


def test_when_one_part_dies_it_is_named_and_the_rest_ends(ready: Path) -> None:
    ports = demo_ports()

    answer = dev(ready, "up", WORKER_DIES="yes", **ports)

    assert answer.returncode == 1
    assert "The worker stopped by itself" in answer.stderr
    assert all(is_free(port) for port in ports.values())


def test_data_is_not_deleted_under_a_running_demo(ready: Path) -> None:
    with running(ready, "up", **demo_ports()) as process:
        wait_for(process, "Ctrl-C stops everything")

        answer = dev(ready, "reset", "--yes")

    assert answer.returncode == 1
    assert "Stop it first" in answer.stderr
