"""What the identity provider sent and what we answered: the provisioning log, bounded whatever is sent."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from portal.teams import retention
from portal.teams.acts import Act
from portal.teams.rows import insert
from portal.throttle import Throttle
from scim import verbs
from scim.models import Exchange, ScimToken

BODY_LIMIT = 16_384
# The newest of a team: an identity provider gone mad fills no disk. Looked after at every 200th row of a process.
MOST_ROWS, TRIM_EVERY = 20_000, 200
SECRET = {"password"}
HIDDEN = "•••"
# What tells something of a call, by its name in the request; never Authorization, nor what a proxy adds.
TELLING = {
    "Content-Type": "CONTENT_TYPE", "Accept": "HTTP_ACCEPT",
    "If-Match": "HTTP_IF_MATCH", "If-None-Match": "HTTP_IF_NONE_MATCH",
}  # fmt: skip
TELLING_ANSWER = ("Content-Type", "ETag", "Location", "Retry-After", "WWW-Authenticate", "Allow")
# What was refused changes nothing, so a client that is refused without end leaves a sample.
refusals = Throttle(rate=2, burst=600)
_written: Counter[UUID] = Counter()


@dataclass(frozen=True)
class Told:
    """What the view knows of a call beside the messages themselves."""

    subject: str = ""
    words: str = ""
    code: str = ""
    body: Any = None
    effect: dict[str, Any] = field(default_factory=dict)
    # The id of the member it is about.
    about: str = ""


def record(
    token: ScimToken,
    request: HttpRequest,
    response: HttpResponse,
    milliseconds: int,
    told: Told,
    *,
    act: Act | None = None,
) -> None:
    """Keep a call; inside an act it is written with its event, or not at all."""
    method, path = request.method or "", request.get_full_path()
    row = Exchange.made(
        team_id=token.team_id, method=method[:10], path=_without_query(path)[:500], status=response.status_code,
        milliseconds=milliseconds, agent=_storable(request.META.get("HTTP_USER_AGENT", ""))[:200],
        token_hint=token.hint, verb=verbs.of(method, path, told.body), code=told.code[:40], about=told.about,
        headers=_headers(request, response), effect=told.effect, subject=_storable(told.subject)[:320],
        words=_storable(told.words)[:BODY_LIMIT], request=_stripped(told.body),
        answer=response.content[:BODY_LIMIT].decode(errors="replace"),
    )  # fmt: skip
    if act is None:
        insert(row)
    else:
        act.write_beside(row)
    _written[token.team_id] += 1


def _headers(request: HttpRequest, response: HttpResponse) -> dict[str, dict[str, str]]:
    sent = {name: value for name, key in TELLING.items() if (value := request.META.get(key))}
    answered = {name: response[name] for name in TELLING_ANSWER if response.has_header(name)}
    return {
        part: {name: _storable(value)[:300] for name, value in found.items()}
        for part, found in (("request", sent), ("answer", answered))
    }


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


def trim(team_id: UUID) -> None:
    """Delete what is older than the newest 20,000 rows of a team, now and then."""
    if _written[team_id] < TRIM_EVERY:
        return
    _written[team_id] = 0
    _cut(team_id)


def _cut(team_id: UUID) -> None:
    rows = Exchange.every_team.filter(team_id=team_id)
    oldest = rows.order_by("-at").values_list("at", flat=True)[MOST_ROWS - 1 : MOST_ROWS].first()
    if oldest is not None:
        rows.filter(at__lt=oldest).delete()


def older(before: datetime) -> "QuerySet[Exchange]":
    """The exchanges that are kept for long enough by then."""
    return Exchange.every_team.filter(at__lt=before)


def purge(before: datetime) -> int:
    """Delete what is older, and what is more than a team may keep."""
    gone = retention.in_batches(older(before))
    for team_id in Exchange.every_team.order_by("team").values_list("team", flat=True).distinct():
        _cut(team_id)
    return gone
