"""Compare seats, members, switches, events and triggers."""

from typing import Any

from portal.teams import invariants
from portal.teams.management.command import Command as Base
from portal.teams.models import Event, Member, Seat, Team


class Command(Base):
    """check_invariants"""

    help = "Compare what must agree; exit 1 on any difference."

    def act(self, **o: Any) -> dict[str, Any]:
        """Check every team, and what belongs to none."""
        findings = list(invariants.check_house())
        teams = list(Team.every_team.all())
        for team in teams:
            findings += invariants.check(team)
        for finding in findings:
            self.stderr.write(f"{finding.invariant}: {finding.detail}")
        self.failed = bool(findings)
        return {
            "teams": len(teams),
            "members": Member.every_team.count(),
            "seats": Seat.every_team.count(),
            "events": Event.every_team.count(),
            "differences": len(findings),
        }

    def handle(self, **options: Any) -> None:
        """Print the counts, and fail where something differs."""
        super().handle(**options)
        if self.failed:
            raise SystemExit(1)
