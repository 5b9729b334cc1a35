"""What came of a sign-in: whom it opened, why it was refused, what the log says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from portal.teams.models import Entry, Member, Team
from sso.models import SignInAttempt
from tests.pages import reading

Enter = Callable[..., Any]


def entered() -> list[Member]:
    """The members that sign-ins opened, in their order."""
    return [entry.member for entry in Entry.every_team.select_related("member").order_by("made_at")]


def is_in(browser: Client) -> bool:
    """Say whether this browser is signed in to a team."""
    return browser.get("/settings/profile/").status_code == 200


def results(team: Team) -> list[str]:
    """The results in the team's sign-in log, in their order."""
    return list(SignInAttempt.every_team.filter(team=team).order_by("at").values_list("result", flat=True))


def refusal(team: Team, shown: Any) -> tuple[int, str]:
    """The status and the recorded result of a sign-in that was refused by name; its page shows both."""
    attempt = SignInAttempt.every_team.filter(team=team).order_by("-at")[0]
    assert attempt.detail in reading.words(shown)
    assert attempt.reference in reading.words(shown)
    return shown.status_code, attempt.result


def in_minutes(minutes: float) -> datetime:
    """A moment some minutes from now."""
    return datetime.now(UTC) + timedelta(minutes=minutes)
