"""What goes out, as kinds of background work. Mail comes first: somebody waits for a sign-in code."""

from django.utils.translation import gettext_lazy

from portal.outbound import mail
from portal.teams.models import Letter
from portal.teams.registry import Work, registry

registry.works.append(Work("mail", gettext_lazy("Mail"), Letter, mail.send, lease=mail.LEASE))
