"""Browser sessions kept under the hash of their cookie: whoever reads the database can't take one over."""

import hashlib
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.teams.models import Session


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Django's session interface over `Session` rows; a new cookie for the same browser keeps the row."""

    row_id: UUID | None = None

    def load(self) -> dict[str, Any]:
        """Return the stored data, or start empty where there is none."""
        row = Session.objects.filter(key_hash=_digest(self.session_key or ""), expires_at__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
            return {}
        self.row_id = row.pk
        return dict(row.data)

    def exists(self, session_key: str) -> bool:
        """Say whether a session lives under this cookie."""
        return Session.objects.filter(key_hash=_digest(session_key)).exists()

    def create(self) -> None:
        """Make an empty session under a fresh cookie."""
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Write the data; a session deleted meanwhile is not brought back."""
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if must_create:
            self._insert(data)
        elif not Session.objects.filter(key_hash=_digest(self.session_key)).update(
            data=data, expires_at=self.get_expiry_date()
        ):
            raise UpdateError

    def _insert(self, data: dict[str, Any]) -> None:
        row = Session(key_hash=_digest(self.session_key or ""), data=data, expires_at=self.get_expiry_date())
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            raise CreateError from None
        self.row_id = row.pk

    def cycle_key(self) -> None:
        """Give the browser a new cookie for the same row, so that its Entries stay with it."""
        old = self.session_key
        data = self._session  # type: ignore[attr-defined]  # loads, and sets row_id
        if old is None or self.row_id is None:
            self.create()
            self._session_cache = data
            return
        self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
        Session.objects.filter(key_hash=_digest(old)).update(key_hash=_digest(self._session_key))
        self.modified = True

    def delete(self, session_key: str | None = None) -> None:
        """Forget a session."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(key_hash=_digest(key)).delete()
            self.row_id = None

    @staticmethod
    def of_user(user_id: UUID) -> "QuerySet[Session]":
        """Return the sessions of every browser in which this User signed in by code."""
        return Session.objects.filter(**{f"data__{SESSION_KEY}": str(user_id)})

    @classmethod
    def clear_expired(cls) -> None:
        """Delete what has run out."""
        Session.objects.filter(expires_at__lt=timezone.now()).delete()
