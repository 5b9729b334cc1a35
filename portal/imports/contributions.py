"""What imports add: their work for the worker, and that none outlives its month."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.imports import run
from portal.imports.looking import HOLD
from portal.imports.models import Import
from portal.teams.models import Team
from portal.teams.registry import Work, registry

KEPT = timedelta(days=30)


def forget_old() -> None:
    """Delete imports, rows and all, a month after they were sent."""
    Import.every_team.filter(made_at__lt=timezone.now() - KEPT).delete()


def forget_all(team: Team) -> None:
    """Delete what a closed team imported."""
    team.imports.all().delete()


registry.works.append(Work("import", gettext_lazy("CSV import"), Import, run.run, lease=HOLD))
registry.clean_ups.append(forget_old)
registry.on_close.append(forget_all)
