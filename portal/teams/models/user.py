"""A proven e-mail address that signs in by code, the codes, and the operator's one-time links."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from portal.teams.folding import fold_address
from portal.teams.tenancy import new_id


class Users(BaseUserManager["User"]):
    """Users by their folded address."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by address, whatever its case."""
        return self.get(email_key=fold_address(username or ""))


class User(AbstractBaseUser):
    """An address that signs in by code or passkey. It has no name and no password; what it may enter is a Member."""

    password = None  # type: ignore[assignment]
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(max_length=320)
    email_key = models.TextField(unique=True)
    is_operator = models.BooleanField(default=False)
    is_active = True
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email_key"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = Users()

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the folded address in step."""
        self.email_key = fold_address(self.email)
        super().save(*args, **kwargs)

    def get_session_auth_hash(self) -> str:
        """Bind a session to this user's row; ending sessions is done by Entries, not by changing a password."""
        return salted_hmac("portal.teams.user", str(self.pk), algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> list[str]:
        """Nothing else is accepted."""
        return []

    def has_usable_password(self) -> bool:
        """Nobody has a password here."""
        return False


class SignInCode(models.Model):
    """One e-mail code, kept as an HMAC, bound to the browser that asked; also made for addresses nobody knows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.CharField(max_length=320)
    email_key = models.TextField()
    # Empty where no mail was sent: no code in the world matches it.
    digest = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="sign_in_code_expiry")]


class Challenge(models.Model):
    """What a browser was asked to prove or to confirm beside the e-mail code; claimed once, tried a few times."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    purpose = models.CharField(max_length=20)
    # Nobody yet where a passkey is to say who it is.
    user = models.ForeignKey(User, models.CASCADE, null=True)
    # What the answer is held against: a passkey's challenge, or a sealed secret that waits for its first code.
    state = models.JSONField(default=dict)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="challenge_expiry")]


class SignInLink(models.Model):
    """An operator's one-time link: for an address (a code session), or for an owner of a team (break-glass)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    email = models.CharField(max_length=320)
    member = models.ForeignKey("Member", models.CASCADE, null=True)
    reason = models.TextField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
