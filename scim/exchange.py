"""What the identity provider sent and what we answered: the provisioning log."""

from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import orjson
from django.utils import timezone

from scim.models import Exchange, ScimToken

KEEP_DAYS, BODY_LIMIT = 30, 16_384
SECRET = {"password"}
HIDDEN = "•••"
READS = {"GET", "HEAD", "OPTIONS"}


def record(
    token: ScimToken, *, method: str, path: str, status: int, milliseconds: int, agent: str, subject: str, words: str,
    request: Any, answer: bytes,
) -> None:  # fmt: skip
    """Keep a write, or anything that was refused; successful reads leave no row."""
    if method in READS and status < 400:
        return
    Exchange(
        team_id=token.team_id, method=method[:10], path=_without_query(path)[:500], status=status,
        milliseconds=milliseconds, agent=_storable(agent)[:200], token_hint=token.hint, subject=subject[:320],
        words=_storable(words)[:BODY_LIMIT], request=_stripped(request),
        answer=answer[:BODY_LIMIT].decode(errors="replace"),
    ).save(force_insert=True)  # fmt: skip


def _storable(text: str) -> str:
    """Return a text as PostgreSQL stores it: what was refused may be told with the NUL it was refused for."""
    return text.replace("\0", "�")


def _without_query(path: str) -> str:
    """Return a path, cut before a query that names a secret (a filter on a password)."""
    return path.partition("?")[0] if _names_secret(unquote(path)) else path


def _stripped(body: Any) -> str:
    """Return a body as text without its secrets; what was no JSON object is not kept."""
    return orjson.dumps(_without_secrets(body)).decode()[:BODY_LIMIT] if isinstance(body, dict) else ""


def _without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    # A PATCH operation names the secret in its path, and says it in its value.
    hidden = any(name.lower() == "path" and _names_secret(item) for name, item in value.items())
    return {
        name: HIDDEN if _names_secret(name) or (hidden and name.lower() == "value") else _without_secrets(item)
        for name, item in value.items()
    }


def _names_secret(name: Any) -> bool:
    """Say whether a name or path leads to a secret: in any case, under a URN, with whatever follows it."""
    return isinstance(name, str) and any(word in name.lower() for word in SECRET)


def purge() -> None:
    """Delete what is older than 30 days."""
    Exchange.every_team.filter(at__lt=timezone.now() - timedelta(days=KEEP_DAYS)).delete()
