"""A team's connection to its identity provider, and what has to be remembered between a request and its answer."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.teams.models import Draft, Member, Team
from portal.teams.sealed import SealedTextField
from portal.teams.tenancy import TenantModel


class IdpInitiated(models.TextChoices):
    """What an unsolicited response leads to (spec rule 20)."""

    CONVERTED = "converted", gettext_lazy("Converted: we start a sign-in of our own, which the IdP answers at once")
    ACCEPTED = "accepted", gettext_lazy("Accepted")
    REFUSED = "refused", gettext_lazy("Refused")


class SignatureExpected(models.TextChoices):
    """Where the identity provider's signature must stand."""

    ASSERTION = "assertion", gettext_lazy("Assertion")
    RESPONSE = "response", gettext_lazy("Response")
    EITHER = "either", gettext_lazy("Either")


class NameIdFormat(models.TextChoices):
    """In which format we ask for the NameID."""

    EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", gettext_lazy("E-mail address")
    PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", gettext_lazy("Persistent")
    UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", gettext_lazy("Unspecified")


class SsoConnection(TenantModel):
    """The one SSO connection of a team. `trust_version` rises with every change of what it trusts."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="sso_connection")
    sp_entity_id = models.CharField(max_length=1024, blank=True)
    idp_entity_id = models.CharField(max_length=1024, blank=True)
    idp_sso_url = models.CharField(max_length=2048, blank=True)
    signature_expected = models.CharField(
        max_length=10, choices=SignatureExpected.choices, default=SignatureExpected.ASSERTION
    )
    idp_initiated = models.CharField(max_length=10, choices=IdpInitiated.choices, default=IdpInitiated.CONVERTED)
    allow_sha1 = models.BooleanField(default=False)
    idp_slo_url = models.CharField(max_length=2048, blank=True)
    require_encrypted = models.BooleanField(default=False)
    sign_requests = models.BooleanField(default=False)
    force_authn = models.BooleanField(default=False)
    # Only a fresh sign-in re-authenticates; and whether the last test showed that the IdP obeys ForceAuthn (rule 12).
    strict_again = models.BooleanField(default=False)
    asks_again = models.BooleanField(null=True)
    asks_again_at = models.DateTimeField(null=True)
    name_id_format = models.CharField(max_length=80, choices=NameIdFormat.choices, default=NameIdFormat.EMAIL)
    trust_version = models.PositiveIntegerField(default=1)
    # A key of `providers.PROVIDERS`: whose words the wizard uses.
    provider = models.CharField(max_length=20, blank=True)
    # Where the metadata is read again each day, when it last was, and what went wrong then.
    metadata_url = models.CharField(max_length=2048, blank=True)
    metadata_checked_at = models.DateTimeField(null=True)
    metadata_problem = models.TextField(blank=True)
    # Attributes by names of this identity provider's own, asked before the usual ones.
    email_attribute = models.CharField(max_length=255, blank=True)
    first_name_attribute = models.CharField(max_length=255, blank=True)
    last_name_attribute = models.CharField(max_length=255, blank=True)

    # The certificates that were read with the row, by whoever needs both; else they are read when they are asked for.
    read_with: "list[IdpCertificate] | None" = None


class IdpCertificate(TenantModel):
    """A certificate whose key may sign for the connection's identity provider."""

    connection = models.ForeignKey(SsoConnection, models.CASCADE, related_name="certificates")
    pem = models.TextField()
    fingerprint = models.CharField(max_length=95)
    subject = models.CharField(max_length=500)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    # When it vanished from the metadata that is read each day; it goes on working for a while (R27).
    gone_at = models.DateTimeField(null=True)
    # Whether that metadata ever named it: one that was only added by hand does not vanish with it.
    from_metadata = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["connection", "fingerprint"], name="idp_certificate_once")]


class KeyState(models.TextChoices):
    """What an SP key is for. In our metadata stand `current` and `next`; all three decrypt."""

    CURRENT = "current", gettext_lazy("Current")
    NEXT = "next", gettext_lazy("Next")
    RETIRED = "retired", gettext_lazy("Retired")


class SpKey(TenantModel):
    """A key pair of ours for one connection: the current one signs, every one decrypts until it is removed."""

    connection = models.ForeignKey(SsoConnection, models.CASCADE, related_name="keys")
    state = models.CharField(max_length=10, choices=KeyState.choices)
    private_key = SealedTextField()
    certificate = models.TextField()
    fingerprint = models.CharField(max_length=95)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "state"], condition=~models.Q(state="retired"), name="sp_key_one_current_one_next"
            )
        ]


class ExpiryNotice(TenantModel):
    """That a team was told of a certificate's end, so many days before it: once each, whatever restarts."""

    connection = models.ForeignKey(SsoConnection, models.CASCADE, related_name="expiry_notices")
    fingerprint = models.CharField(max_length=95)
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["connection", "fingerprint", "days"], name="expiry_told_once_a_step")
        ]


class Subject(TenantModel):
    """Who an identity provider means by a NameID: the identity of a member at their IdP."""

    connection = models.ForeignKey(SsoConnection, models.CASCADE, related_name="subjects")
    idp_entity_id = models.CharField(max_length=1024)
    name_id = models.CharField(max_length=1024)
    # As it last came; a logout request must repeat it (SAML core 3.3.4).
    name_id_format = models.CharField(max_length=256, blank=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="subjects")
    # A role above member counts in this Subject's sessions only once it was confirmed (spec rule 7).
    confirmed_at = models.DateTimeField(null=True)
    first_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["connection", "idp_entity_id", "name_id"], name="subject_once"),
            models.UniqueConstraint(fields=["connection", "idp_entity_id", "member"], name="subject_one_a_member"),
        ]


class LinkPermit(TenantModel):
    """An owner pressed "Link again": this privileged member's next sign-in may link a new Subject."""

    member = models.OneToOneField(Member, models.CASCADE, related_name="link_permit")
    made_at = models.DateTimeField(default=timezone.now)


class Purpose(models.TextChoices):
    """Why we sent somebody to their identity provider."""

    SIGN_IN = "sign_in", gettext_lazy("Sign-in")
    AGAIN = "again", gettext_lazy("Re-authentication")
    TEST = "test", gettext_lazy("Test")
    LOGOUT = "logout", gettext_lazy("Single logout")
    DRAFT = "draft", gettext_lazy("Test of a draft")


class AuthnRequest(models.Model):
    """A request we sent: answered once, within ten minutes, in the browser that began it."""

    id = models.CharField(max_length=80, primary_key=True)
    connection = models.ForeignKey(SsoConnection, models.CASCADE)
    binding_hash = models.CharField(max_length=64)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.SIGN_IN)
    # Whose re-authentication or test it is.
    member = models.ForeignKey(Member, models.CASCADE, null=True)
    # The draft that it tests: its trust, and no other, judges the answer.
    draft = models.ForeignKey(Draft, models.CASCADE, null=True)
    trust_version = models.PositiveIntegerField()
    next = models.CharField(max_length=2048)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="authn_request_expiry")]


class SeenAssertion(models.Model):
    """The replay guard: the insert that succeeds is the assertion's one use."""

    connection = models.ForeignKey(SsoConnection, models.CASCADE)
    assertion_id = models.CharField(max_length=256)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "assertion_id"], name="assertion_seen_once")]
        indexes = [models.Index(fields=["expires_at"], name="seen_assertion_expiry")]


class LoginTicket(models.Model):
    """A message proven genuine, waiting one minute for the browser that began the sign-in to come back."""

    digest = models.CharField(max_length=64, unique=True)
    connection = models.ForeignKey(SsoConnection, models.CASCADE)
    request = models.ForeignKey(AuthnRequest, models.CASCADE, null=True)
    claims = models.JSONField()
    # What the sign-in log will say of the message (`evidence`).
    evidence = models.JSONField(default=dict)
    next = models.CharField(max_length=2048)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInAttempt(TenantModel):
    """One row of the sign-in log: what came, what became of it and why. Bounded and purged; not the journal."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="sign_in_attempts")
    at = models.DateTimeField(default=timezone.now)
    reference = models.CharField(max_length=12, db_index=True)
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.SIGN_IN)
    # "ok", or the stable code of what was wrong.
    result = models.CharField(max_length=60)
    detail = models.TextField(blank=True)
    who = models.CharField(max_length=320, blank=True)
    # Only what was proven genuine names a member.
    member = models.ForeignKey(Member, models.SET_NULL, null=True)
    # The draft whose test it was.
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True)
    trust_version = models.PositiveIntegerField(default=0)
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)
    # Whether it was proven to come from the team's identity provider; what was not is kept in smaller numbers.
    proven = models.BooleanField(default=False)
    # What the message said, and what of it passed: see `evidence` and `checks`.
    evidence = models.JSONField(default=dict)
    checks = models.JSONField(default=list)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["team", "at"], name="sign_in_attempt_when")]
