"""What the dashboard adds: a setup link's page for domains, how many drafts wait, and acts on many members."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import errands, setup
from portal.teams.models import Errand, Scope, SetupLink, Team
from portal.teams.registry import Count, SetupPage, Work, registry


def setup_pages(link: SetupLink) -> Iterator[SetupPage]:
    """What a setup link opens of the team's domains."""
    if Scope.DOMAINS in link.scopes:
        told = _("Name the domain your addresses end in, and set its DNS record.")
        yield SetupPage(_("Domains"), reverse("setup_domains", args=[link.pk]), "globe2", told)


def waiting(team: Team) -> Count:
    """Count the drafts that wait for the team's word."""
    return Count(len(setup.waiting(team)), _("waiting for confirmation"))


registry.setup_pages.append(setup_pages)
registry.counts["setup_links"] = waiting
registry.works.append(Work("many", gettext_lazy("Acts on many members"), Errand, errands.run))
registry.clean_ups.append(errands.purge)
