"""Each lock, and each statement that decides a race, taken away in a copy of the tree: its race must then be lost."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ("portal", "sso", "scim", "tests", "templates", "manage.py", "pyproject.toml")


@dataclass(frozen=True)
class Breakage:
    """What is taken away, as (file, text, text without it), and the tests that must see it."""

    name: str
    changes: tuple[tuple[str, str, str], ...]
    tests: tuple[str, ...]


# The number is drawn where the events are written, so that nothing but the lock is missing.
NO_TEAM_LOCK = (
    (
        "portal/teams/acts.py",
        "UPDATE teams_team SET last_event = last_event + 1 WHERE id = %s AND closed_at IS NULL RETURNING {columns}",
        "SELECT {columns} FROM teams_team WHERE id = %s AND closed_at IS NULL",
    ),
    (
        "portal/teams/acts.py",
        "        first = self.team.last_event\n",
        "        from django.db.models import F\n"
        "        mine = Team.every_team.filter(pk=self.team.pk)\n"
        '        mine.update(last_event=F("last_event") + len(self.events))\n'
        "        first = mine.get().last_event - len(self.events) + 1\n",
    ),
    (
        "portal/teams/acts.py",
        "            Team.every_team.filter(pk=self.team.pk).update(last_event=first + len(self.events) - 1)\n",
        "            pass\n",
    ),
)
NOBODY_HELD = ("portal/teams/models/member.py", ".select_for_update(no_key=True)", "")
RACES = "tests/teams/test_races.py::test_"
CODE = "tests/pages/test_sign_in.py::test_a_code_sent_by_eight_threads_opens_one_session"
REPLAY = "tests/sso/test_replay.py::test_"
BREAKAGES = (
    Breakage("the team's lock: seats", NO_TEAM_LOCK, (
        f"{RACES}of_24_people_added_at_once_on_10_free_seats_exactly_10_are_seated",
    )),
    Breakage("the team's lock: reactivation", NO_TEAM_LOCK, (
        f"{RACES}of_12_people_woken_at_once_on_5_free_seats_exactly_5_are_seated",
    )),
    Breakage("the team's lock: the last two owners", NO_TEAM_LOCK, (
        f"{RACES}of_two_owners_who_end_each_other_one_is_left",
    )),
    Breakage("the team's lock: toggle against assign", NO_TEAM_LOCK, (
        f"{RACES}nobody_is_assigned_by_hand_after_scim_was_turned_on",
        f"{RACES}turning_scim_on_and_sso_off_at_once_end_in_one_of_the_two_orders",
    )),
    Breakage("the team's lock: token rotation", NO_TEAM_LOCK, (
        "tests/scim/test_rotation_races.py::test_of_eight_rotations_at_once_two_tokens_are_left",
    )),
    Breakage("the team's lock and the person's: PATCH against DELETE", (*NO_TEAM_LOCK, NOBODY_HELD), (
        "tests/scim/test_races.py::test_nobody_comes_back_after_their_deletion[postgres]",
    )),
    Breakage("a userName once, looked up and by constraint", (
        ("portal/teams/roster.py",
            "    if profile.keys() & names.UNIQUE:\n",
            "    if profile.keys() & names.UNIQUE and False:\n",
        ),
        ("portal/teams/acts.py", '    if "user_name" in text:\n', '    if "no such name" in text:\n'),
    ), (f"{RACES}the_same_user_name_in_different_cases_is_given_once",)),
    Breakage("an e-mail code's one use", (
        (
            "portal/teams/codes.py",
            "    return row.email if live.update(used_at=timezone.now()) else None\n",
            "    live.update(used_at=timezone.now())\n    return str(row.email)\n",
        ),
    ), (CODE,)),
    Breakage("a ticket's one use", (
        (
            "sso/memory.py",
            "    if not _REDEEM(ticket.pk, timezone.now()):\n        raise NotGenuine(\"ticket_ended\")\n",
            "    _REDEEM(ticket.pk, timezone.now())\n",
        ),
    ), (f"{REPLAY}a_finish_page_opened_eight_times_at_once_makes_one_session_and_one_member",)),
    Breakage("an assertion's one use", (
        (
            "sso/memory.py",
            "insert(SeenAssertion(connection=connection, assertion_id=message_id, expires_at=until))\n",
            "pass\n",
        ),
    ), (f"{REPLAY}an_unasked_response_posted_eight_times_at_once_gives_one_ticket",)),
    Breakage("the person's lock: linking anew against a sign-in", (
        ("sso/identity.py", "    Member.held(act.team, member.pk)\n", ""),
    ), (
        "tests/sso/test_under_way.py::"
        "test_a_sign_in_that_holds_the_member_is_waited_for_and_ended_by_linking_anew",
    )),
    Breakage("a rescue code's one use", (
        (
            "portal/teams/rescue.py",
            "    if not may or not mine.filter(pk=code.pk).update(used_at=act.at):\n",
            "    mine.filter(pk=code.pk).update(used_at=act.at)\n    if not may:\n",
        ),
    ), (f"{RACES}a_rescue_code_sent_eight_times_at_once_lets_one_in",)),
    Breakage("a setup link's one browser", (
        (
            "portal/teams/setup.py",
            "    unclaimed = SetupLink.every_team.filter(pk=link.pk, claimed_at=None)\n",
            "    unclaimed = SetupLink.every_team.filter(pk=link.pk)\n",
        ),
    ), ("tests/teams/test_setup_links.py::test_of_eight_browsers_that_press_at_once_one_holds_the_link",)),
)  # fmt: skip


def copy_tree(folder: Path) -> None:
    """Copy what is needed to run tests."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, folder / part)
    (folder / "var").mkdir()


def break_it(folder: Path, breakage: Breakage) -> None:
    """Take away what the breakage names; each text must stand exactly once."""
    for file, was, becomes in breakage.changes:
        path = folder / file
        text = path.read_text()
        assert text.count(was) == 1, (file, was)
        path.write_text(text.replace(was, becomes))


def run(folder: Path, tests: tuple[str, ...]) -> tuple[int, str]:
    """Run tests of a tree on PostgreSQL; returns how that ended and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", *tests],
        cwd=folder, env=os.environ | {"SEATGATE_TEST_PG": "1"}, capture_output=True, text=True, check=False,
        timeout=600,
    )  # fmt: skip
    return done.returncode, done.stdout[-3000:] + done.stderr[-1000:]
