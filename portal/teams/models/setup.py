"""A setup link for the person who runs the identity provider, and the drafts they propose by it (spec rule 24)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams.models.team import Team
from portal.teams.tenancy import TenantModel


class Scope(models.TextChoices):
    """What a setup link opens."""

    SSO = "sso", gettext_lazy("Single sign-on")
    SCIM = "scim", gettext_lazy("Provisioning")
    DOMAINS = "domains", gettext_lazy("Domains")

    @property
    def feature(self) -> str:
        """The feature of the plan that it belongs to; a domain binds what single sign-on may assert."""
        return "scim" if self is Scope.SCIM else "sso"


class SetupLink(TenantModel):
    """A time-limited link, kept as the digest of its token, that the first browser to press its button holds alone."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="setup_links")
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True)
    # Whom its reader asks for a new one.
    made_by = models.CharField(max_length=320)
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    claimed_from = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    # The digest of the secret in the cookie of the browser that claimed it.
    browser_digest = models.CharField(max_length=64, blank=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["team", "made_at"], name="setup_link_when")]

    def __str__(self) -> str:
        named = _("{note} (setup link)") if self.note else _("Setup link of {who}")
        return named.format(note=self.note, who=self.made_by)

    @property
    def is_live(self) -> bool:
        """Say whether it still opens anything; asked anew on every request."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.team.closed_at is None


class Draft(TenantModel):
    """What the holder of a setup link proposes. Its data never changes: other values are another draft."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="drafts")
    link = models.ForeignKey(SetupLink, models.CASCADE, related_name="drafts")
    kind = models.CharField(max_length=10, choices=Scope.choices)
    data = models.JSONField(default=dict)
    made_at = models.DateTimeField(default=timezone.now)
    # Sent to the team for its confirmation.
    proposed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    # Declined, replaced by another draft, or ended with its link.
    ended_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=320, blank=True)
    # A confirmed draft that gives something out (a token) gives it once.
    used_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            # One at a time of each kind is open on a link.
            models.UniqueConstraint(
                fields=["link", "kind"],
                condition=models.Q(confirmed_at__isnull=True, ended_at__isnull=True),
                name="draft_one_open",
            )
        ]

    def __str__(self) -> str:
        return str(Scope(self.kind).label)

    @property
    def is_open(self) -> bool:
        """Say whether nobody decided on it yet."""
        return self.confirmed_at is None and self.ended_at is None
