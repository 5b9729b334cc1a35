"""The limit: what Django and DRF allow at most, each call one indexed statement by hand and nothing else.

No token, no seats, no journal, no validation: no honest server is faster, so ours is held against it. Served as ours
is: `granian bench.limit:application`, with LIMIT_DATABASE naming the database and LIMIT_PEOPLE how many were seeded.
"""

import os
from typing import Any

import django
import orjson
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.urls import path

if not settings.configured:
    settings.configure(
        SECRET_KEY="for-measuring-only",
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        INSTALLED_APPS=["rest_framework"],
        ROOT_URLCONF=__name__,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["LIMIT_DATABASE"], "USER": "postgres",
                "HOST": os.environ["LIMIT_HOST"], "CONN_MAX_AGE": 600,
            }
        },
        REST_FRAMEWORK={"UNAUTHENTICATED_USER": None, "UNAUTHENTICATED_TOKEN": None},
    )  # fmt: skip

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.views import APIView

PEOPLE = int(os.environ.get("LIMIT_PEOPLE", "0"))
COLUMNS = "id, user_name, external_id, given, family, email, active, created, modified"
TABLE = """
CREATE TABLE people (id bigserial PRIMARY KEY, team int NOT NULL, user_name text NOT NULL, external_id text NOT NULL,
    given text NOT NULL, family text NOT NULL, email text NOT NULL, active boolean NOT NULL,
    created timestamptz NOT NULL DEFAULT now(), modified timestamptz NOT NULL DEFAULT now());
INSERT INTO people (team, user_name, external_id, given, family, email, active)
    SELECT 1, 'seed' || n || '@bench.test', 'ext' || n, 'Given' || n, 'Family' || n, 'seed' || n || '@bench.test', true
    FROM generate_series(1, {people}) AS n;
CREATE UNIQUE INDEX ON people (team, lower(user_name));
ANALYZE people;
"""


def run(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run the one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def fill(people: int) -> None:
    """Make the table with its people, in an empty database."""
    django.setup()
    with connection.cursor() as cursor:
        cursor.execute(TABLE.format(people=people))


def document(row: tuple[Any, ...]) -> dict[str, Any]:
    """Return a row as SCIM says it."""
    number, name, external, given, family, email, active, created, modified = row
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": str(number), "externalId": external,
        "userName": name, "name": {"givenName": given, "familyName": family, "formatted": f"{given} {family}"},
        "displayName": f"{given} {family}", "emails": [{"value": email, "type": "work", "primary": True}],
        "active": active,
        "meta": {"resourceType": "User", "created": created.isoformat(), "lastModified": modified.isoformat(),
                 "location": f"/scim/v2/Users/{number}"},
    }  # fmt: skip


def answer(body: Any, status: int = 200) -> HttpResponse:
    """Return a body as SCIM."""
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/scim+json")


def fields(request: Request) -> tuple[Any, ...]:
    """Return the columns that a document names."""
    sent = orjson.loads(request._request.body)
    name = sent["name"]
    return sent["userName"], sent["externalId"], name["givenName"], name["familyName"], sent["emails"][0]["value"]


class Bare(APIView):
    """DRF without what can be left out."""

    authentication_classes = permission_classes = throttle_classes = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Answer SCIM's media type whatever is asked for."""
        return self.get_renderers()[0], "application/scim+json"


class People(Bare):
    """/Users"""

    def get(self, request: Request) -> HttpResponse:
        """Look one up, or list a page by its place in the primary key."""
        query = request._request.GET
        if "filter" in query:
            name = query["filter"].split('"')[1].lower()
            rows = run(f"SELECT {COLUMNS} FROM people WHERE team = %s AND lower(user_name) = %s", 1, name)
            start, total = 1, len(rows)
        else:
            start, total = int(query.get("startIndex", 1)), PEOPLE
            page = f"SELECT {COLUMNS} FROM people WHERE team = %s AND id >= %s ORDER BY id LIMIT %s"
            rows = run(page, 1, start, int(query["count"]))
        return answer({"totalResults": total, "startIndex": start, "Resources": [document(row) for row in rows]})

    def post(self, request: Request) -> HttpResponse:
        """Insert."""
        columns = "team, user_name, external_id, given, family, email, active"
        statement = f"INSERT INTO people ({columns}) VALUES (1, %s, %s, %s, %s, %s, true) RETURNING {COLUMNS}"
        return answer(document(run(statement, *fields(request))[0]), 201)


class Person(Bare):
    """/Users/<id>"""

    def get(self, request: Request, number: int) -> HttpResponse:
        """Read."""
        return answer(document(run(f"SELECT {COLUMNS} FROM people WHERE id = %s AND team = %s", number, 1)[0]))

    def put(self, request: Request, number: int) -> HttpResponse:
        """Replace."""
        sets = "user_name = %s, external_id = %s, given = %s, family = %s, email = %s, modified = now()"
        statement = f"UPDATE people SET {sets} WHERE id = %s AND team = 1 RETURNING {COLUMNS}"
        return answer(document(run(statement, *fields(request), number)[0]))

    def patch(self, request: Request, number: int) -> HttpResponse:
        """Set `active`."""
        active = orjson.loads(request._request.body)["Operations"][0]["value"]
        sets = "active = %s, modified = now()"
        statement = f"UPDATE people SET {sets} WHERE id = %s AND team = 1 RETURNING {COLUMNS}"
        return answer(document(run(statement, active, number)[0]))

    def delete(self, request: Request, number: int) -> HttpResponse:
        """Delete."""
        run("DELETE FROM people WHERE id = %s AND team = 1 RETURNING id", number)
        return HttpResponse(status=204)


urlpatterns = [path("scim/v2/Users", People.as_view()), path("scim/v2/Users/<int:number>", Person.as_view())]
application = get_wsgi_application()
