"""Where a page of webhooks stands: a team's own, or the operators'; below it both have the same addresses."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.outbound.webhooks.models import Endpoint
from portal.pages.webhooks import form


@dataclass(frozen=True)
class Place:
    """The address of a list of webhooks."""

    home: str

    def at(self, endpoint: Endpoint) -> str:
        """The address of one; what is done to it stands below."""
        return f"{self.home}{endpoint.pk}/"

    def around(self, endpoint: Endpoint) -> dict[str, Any]:
        """What every part of its page needs to lead on."""
        return {"endpoint": endpoint, "at": self.at(endpoint), "home": self.home, "of_team": endpoint.team_id}

    def listing(self, found: list[Endpoint]) -> dict[str, Any]:
        """The rows of the list."""
        rows = [
            {"endpoint": each, "at": self.at(each), "state": form.state(each), "chosen": form.chosen(each)}
            for each in found
        ]
        return {"rows": rows, "home": self.home}

    def crumbs(self, endpoint: Endpoint, last: str = "") -> list[dict[str, str]]:
        """The way here."""
        here = {"label": endpoint.name} | ({"url": self.at(endpoint)} if last else {})
        return [{"label": _("Webhooks"), "url": self.home}, here, *([{"label": last}] if last else [])]
