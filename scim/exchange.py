"""What the identity provider sent and what we answered: the provisioning log."""

from datetime import timedelta
from typing import Any

import orjson
from django.utils import timezone

from scim.models import Exchange, ScimToken

KEEP_DAYS, BODY_LIMIT = 30, 16_384
SECRET = {"password"}
READS = {"GET", "HEAD", "OPTIONS"}


def record(
    token: ScimToken, *, method: str, path: str, status: int, milliseconds: int, agent: str, subject: str, words: str,
    request: Any, answer: bytes,
) -> None:  # fmt: skip
    """Keep a write, or anything that was refused; successful reads leave no row."""
    if method in READS and status < 400:
        return
    Exchange(
        team_id=token.team_id, method=method, path=path[:500], status=status, milliseconds=milliseconds,
        agent=agent[:200], token_hint=token.hint, subject=subject[:320], words=words, request=_stripped(request),
        answer=answer[:BODY_LIMIT].decode(errors="replace"),
    ).save(force_insert=True)  # fmt: skip


def _stripped(body: Any) -> str:
    """Return a body as text without its secrets; what was no JSON object is not kept."""
    return orjson.dumps(_without_secrets(body)).decode()[:BODY_LIMIT] if isinstance(body, dict) else ""


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "•••" if name.lower() in SECRET else _without_secrets(item)
            for name, item in value.items()
            if not (name.lower() == "path" and str(item).lower() in SECRET)
        } | ({"path": value["path"], "value": "•••"} if str(value.get("path", "")).lower() in SECRET else {})
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value


def purge() -> None:
    """Delete what is older than 30 days."""
    Exchange.every_team.filter(at__lt=timezone.now() - timedelta(days=KEEP_DAYS)).delete()
