"""What is said when something was done to a webhook, and what its forms choose: a team's and the operator's alike."""

from datetime import datetime, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams.errors import Invalid

SAVED = gettext_lazy("Saved. The next message goes out by it.")
PAUSED = gettext_lazy("Paused. What happens from now on waits.")
RESUMED = gettext_lazy("Resumed. What waited is sent first.")
SKIPPED = gettext_lazy("Resumed. What waited is left out.")
REMOVED = gettext_lazy("Removed. Nothing is sent there any more.")
TESTED = gettext_lazy("The test is on its way. What comes of it shows under Deliveries.")
AGAIN = gettext_lazy("It is on its way again, under the same id.")

# Hours back from which what failed is sent again.
SPANS = (1, 24, 72, 720)


def since(chosen: QueryDict) -> datetime:
    """Read from when on what failed is sent again."""
    hours = chosen.get("hours", "")
    if hours not in {str(span) for span in SPANS}:
        raise Invalid(_("Choose since when."))
    return timezone.now() - timedelta(hours=int(hours))


def how_many(count: int) -> str:
    """Say how much is sent again."""
    words = ngettext("{n} event is sent again.", "{n} events are sent again, in their order.", count)
    return words.format(n=count) if count else _("Nothing failed in that time.")
