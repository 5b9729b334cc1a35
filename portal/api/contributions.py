"""What the API adds to the floors below: the end of its keys with their team, and of answers after a day; a notice."""

from collections.abc import Iterator

from portal.api import keys, notices, once
from portal.api.models import ApiKey
from portal.teams.models import Team
from portal.teams.registry import Finding, registry


def check(team: Team) -> Iterator[Finding]:
    """No team has more live keys than it may."""
    count = keys.live(team).count()
    if count > keys.MOST_LIVE:
        yield Finding("api_keys", f"{team.slug}: {count} API keys are live")


def forget(team: Team) -> None:
    """Delete the keys of a team that closes, and what was answered to them."""
    ApiKey.every_team.filter(team=team).delete()


registry.checks.append(check)
registry.on_close.append(forget)
registry.clean_ups.append(once.purge)
registry.notices[notices.ENDS.name] = notices.ENDS
