"""What a team can buy; said without a model, for the practice site has none."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Plan(TextChoices):
    """What the team bought."""

    BUSINESS = "business", _("Business")
    ENTERPRISE = "enterprise", _("Enterprise")
