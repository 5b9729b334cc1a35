"""The product behind the portal: calls the API with its key, and holds every answer to the document."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from django.test import Client

from portal.api import keys
from portal.api.keys import Scope
from portal.teams.models import Team
from tests import make

PROBLEM = "application/problem+json"
FIELDS = {"type", "title", "status", "detail", "instance", "code"}
# Wrong keys are throttled by address: each product calls from one of its own.
addresses = (f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in count(1))


@dataclass
class Answer:
    """What came back; every problem's form is checked by `Product.send`."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The JSON body."""
        return json.loads(self.raw)

    @property
    def problem(self) -> tuple[int, str]:
        """The status and the code of a problem."""
        return self.status, str(self.body["code"])


@dataclass
class Product:
    """A product with a key."""

    key: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    address: str = field(default_factory=lambda: next(addresses))

    def send(self, method: str, path: str, body: Any = None, /, **headers: str) -> Answer:
        """Make one call; a header is named as in `If_Match`."""
        given = {"Authorization": f"Bearer {self.key}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        media_type = given.pop("Content-Type", "application/json")
        response = self.client.generic(
            method, f"/api/v1{path}", raw, media_type, headers=given, REMOTE_ADDR=self.address
        )  # fmt: skip
        answer = Answer(response.status_code, dict(response.headers), response.content)
        assert answer.headers["Cache-Control"] == "no-store", answer
        if answer.status >= 400 and method != "HEAD":
            assert answer.headers["Content-Type"] == PROBLEM, answer
            assert set(answer.body) - {"errors"} == FIELDS and answer.body["status"] == answer.status, answer
            assert answer.body["instance"] == f"/api/v1{path.partition('?')[0]}", answer
        return answer

    def get(self, path: str, /, **headers: str) -> Answer:
        """Read."""
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, /, **headers: str) -> Answer:
        """Write."""
        return self.send("POST", path, body, **headers)


def of(team: Team, *scopes: str, days: int | None = None) -> Product:
    """Give a product a key of a team; with every scope unless some are named."""
    return Product(keys.make(team, make.as_owner(team), "Product", scopes or Scope.values, days)[0])


def of_operator(*scopes: str) -> Product:
    """Give a product a key over all teams."""
    return Product(keys.make_for_operator(make.BY_OPERATOR, "Product", scopes or Scope.values, None)[0])
