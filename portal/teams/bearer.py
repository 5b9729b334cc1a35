"""Bearer secrets of machines: SCIM tokens and API keys. A text that is shown once, and what is kept of it."""

import hashlib
import secrets
import string
import zlib
from datetime import timedelta
from typing import Any

from django.utils import timezone

RANDOM, CHECK = 32, 6
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def letters(count: int) -> str:
    """Return so many random letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(count))


def _check(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    return digits.rjust(CHECK, "0")


def new_text(start: str) -> str:
    """Return a fresh secret: its start, 190 random bits, and a checksum that spares the database a typing error."""
    body = start + letters(RANDOM)
    return body + _check(body)


def well_formed(text: str, prefix: str, start: int) -> bool:
    """Say whether a text can be a secret that begins with the prefix, its start so many characters long."""
    right_length = len(text) == start + RANDOM + CHECK
    return right_length and text.isascii() and text.startswith(prefix) and _check(text[:-CHECK]) == text[-CHECK:]


def digest(text: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(text.encode()).hexdigest()


def used(row: Any, address: str) -> None:
    """Note the use of a secret in its row, at most once a minute."""
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > timedelta(minutes=1):
        type(row).every_team.filter(pk=row.pk).update(last_used_at=now, last_used_from=address)
