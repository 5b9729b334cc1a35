"""Secrets at rest: AES-256-GCM, bound to table, column and row, with several keys for rotation."""

import base64
import os
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

NONCE_BYTES = 12


@lru_cache(maxsize=4)
def _keys(configured: tuple[str, ...]) -> dict[str, AESGCM]:
    keys: dict[str, AESGCM] = {}
    for entry in configured:
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not key_id or len(key) != 32:
            raise ImproperlyConfigured("Each of ENCRYPTION_KEYS must look like id:base64 of 32 random bytes.")
        keys[key_id] = AESGCM(key)
    return keys


def seal(text: str, place: str) -> str:
    """Return the text sealed under the newest key, to be opened only at the same place (table.column.pk)."""
    key_id, key = next(iter(_keys(tuple(settings.ENCRYPTION_KEYS)).items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + key.encrypt(nonce, text.encode(), place.encode())
    return f"{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, place: str) -> str:
    """Open what `seal` made for this very place; anything else is a ValueError."""
    key_id, _, encoded = sealed.partition(":")
    key = _keys(tuple(settings.ENCRYPTION_KEYS)).get(key_id)
    if key is None:
        raise ValueError(f"no key {key_id!r} in ENCRYPTION_KEYS opens {place}")
    raw = base64.b64decode(encoded)
    try:
        return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
    except InvalidTag:
        raise ValueError(f"the sealed value of {place} was altered, or moved from another row") from None


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """A text column that holds only sealed values; rows must have their primary key before they are saved."""

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        """Put a descriptor in place that opens the value when it is read."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Opened(self, name))

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Seal the plain value for this row."""
        plain = getattr(model_instance, self.attname)
        return seal(plain, place_of(model_instance, self)) if plain else ""

    def from_db_value(self, value: str | None, *_: Any) -> "_Sealed":
        """Mark what came from the database as still sealed."""
        return _Sealed(value or "")


class _Sealed(str):
    """A value as it lies in the database."""


class _Opened:
    """Opens a sealed value at first reading, when the row's primary key is known."""

    def __init__(self, field: SealedTextField, name: str) -> None:
        self.field, self.name = field, name

    def __get__(self, row: models.Model | None, owner: type[models.Model]) -> Any:
        if row is None:
            return self
        value = row.__dict__.get(self.name, "")
        if isinstance(value, _Sealed):
            value = unseal(value, place_of(row, self.field)) if value else ""
            row.__dict__[self.name] = value
        return value

    def __set__(self, row: models.Model, value: str) -> None:
        row.__dict__[self.name] = value


def columns() -> list[tuple[type[models.Model], str]]:
    """List every sealed column of the project, whichever app it is in."""
    found = [
        (model, field) for model in apps.get_models() if not model._meta.proxy for field in model._meta.get_fields()
    ]
    return [(model, field.name) for model, field in found if isinstance(field, SealedTextField)]


def known_keys() -> list[str]:
    """List the ids of the keys that are configured, the newest first; ImproperlyConfigured where one can't be read."""
    return list(_keys(tuple(settings.ENCRYPTION_KEYS)))


def place_of(row: models.Model, field: SealedTextField) -> str:
    """Name where a sealed value lives, as its additional authenticated data."""
    return f"{row._meta.db_table}.{field.column}.{row.pk}"
