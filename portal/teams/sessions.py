"""Browser sessions kept under the hash of their cookie: whoever reads the database can't take one over."""

import hashlib
from copy import deepcopy
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, SessionBase, UpdateError
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string

from portal.teams.compiled import Select
from portal.teams.models import Session
from portal.teams.rows import insert

KEY_LENGTH = 32


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


_LIVE = Select(lambda digest, now: Session.objects.filter(key_hash=digest, expires_at__gt=now), str, datetime)


class SessionStore(SessionBase):
    """Django's session interface over `Session` rows; a new cookie for the same browser keeps the row."""

    row_id: UUID | None = None
    # What this request inserted: a save that would write the same again writes nothing.
    inserted: dict[str, Any] | None = None

    def load(self) -> dict[str, Any]:
        """Return the stored data, or start empty where there is none."""
        row = _LIVE.first(_digest(self.session_key or ""), timezone.now())
        if row is None:
            self._session_key = None
            return {}
        self.row_id = row.pk
        return dict(row.data)

    def exists(self, session_key: str) -> bool:
        """Say whether a session lives under this cookie."""
        return Session.objects.filter(key_hash=_digest(session_key)).exists()

    def create(self) -> None:
        """Make a session under a fresh cookie, with what was said in it before."""
        # Nobody meets 165 random bits a second time; if somebody did, the table takes a hash only once.
        self._session_key = get_random_string(KEY_LENGTH, VALID_KEY_CHARS)
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
        elif data != self.inserted and not Session.objects.filter(key_hash=_digest(self.session_key)).update(
            data=data, expires_at=self.get_expiry_date()
        ):
            raise UpdateError

    def _insert(self, data: dict[str, Any]) -> None:
        row = Session(key_hash=_digest(self.session_key or ""), data=data, expires_at=self.get_expiry_date())
        try:
            insert(row)
        except IntegrityError:
            raise CreateError from None
        self.row_id, self.inserted = row.pk, deepcopy(data)

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
            self.row_id = self.inserted = None

    @staticmethod
    def of_user(user_id: UUID) -> "QuerySet[Session]":
        """Return the sessions of every browser in which this User signed in by code."""
        return Session.objects.filter(**{f"data__{SESSION_KEY}": str(user_id)})

    @classmethod
    def clear_expired(cls) -> None:
        """Delete what has run out."""
        Session.objects.filter(expires_at__lt=timezone.now()).delete()
