"""A directory that we may go to, and an import of Acme's from it."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.directories import setting_up, switching
from portal.directories.models import DirectoryImport, Run
from portal.directories.setting_up import Rules
from portal.outbound import work
from portal.outbound.directory import Access
from portal.teams.models import Team
from tests import make
from tests.directories.stand_in import KEY, JumpCloud, listening

Import = Callable[..., DirectoryImport]


@pytest.fixture
def jumpcloud(settings: Any) -> Iterator[JumpCloud]:
    """The stand-in, as the practice directory of a demo: the one place on this machine that is let through."""
    with listening() as directory:
        settings.DEMO, settings.PRACTICE_IDP_URL = True, directory.url
        settings.ROOT_URLCONF = "tests.directories.urls"
        yield directory


@pytest.fixture
def imported(acme: Team, jumpcloud: JumpCloud) -> Import:
    """Set an import of the group Staff up and enable it."""

    def made(name: str = "HQ", groups: tuple[str, ...] = ("Staff",), **rules: Any) -> DirectoryImport:
        source = draft(acme, jumpcloud, name, groups, **rules)
        return switching.enable(acme, make.as_owner(acme), source.pk)

    return made


def draft(
    team: Team, jumpcloud: JumpCloud, name: str = "HQ", groups: tuple[str, ...] = ("Staff",), **rules: Any
) -> DirectoryImport:
    """Set an import up as the wizard does, and leave it there."""
    by, access = make.as_owner(team), Access("practice", KEY, jumpcloud.organisation)
    source = setting_up.add(team, by, name, "jumpcloud", access, setting_up.look("jumpcloud", access))
    ids = [each.id for each in jumpcloud.groups if each.name in groups]
    return setting_up.set_rules(team, by, source.pk, Rules(name, ids, **{"mails": False, **rules}))


def run(source: DirectoryImport, times: int = 50) -> Run:
    """Let the worker do what is due, now, before any other import; returns the newest run."""
    rows = DirectoryImport.every_team.filter(pk=source.pk, dead_at=None, paused_at=None)
    for _time in range(times):
        rows.update(due_at=timezone.now() - timedelta(days=1), leased_until=None)
        work.run_next(work.named("directory"))
        newest: Run = source.runs.latest("pk")
        if not newest.at_work or newest.tries:
            break
    # All but the key, which a test may have made unreadable.
    source.refresh_from_db(fields=[each.name for each in source._meta.concrete_fields if each.name != "key"])
    return newest


def trial(team: Team, source: DirectoryImport) -> Run:
    """Let the worker look what a run would do."""
    switching.try_out(team, make.as_owner(team), source.pk)
    return run(source)
