"""What the dashboard adds to a setup link."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.teams.models import Scope, SetupLink
from portal.teams.registry import SetupPage, registry


def setup_pages(link: SetupLink) -> Iterator[SetupPage]:
    """What a setup link opens of the team's domains."""
    if Scope.DOMAINS in link.scopes:
        told = _("Name the domain your addresses end in, and set its DNS record.")
        yield SetupPage(_("Domains"), reverse("setup_domains", args=[link.pk]), "globe2", told)


registry.setup_pages.append(setup_pages)
