"""A team full of what somebody hostile would write, and the forms and addresses of all its pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.test import Client

from portal.api import keys
from portal.outbound.webhooks import endpoints
from portal.teams import policy, seat_requests, seats, setup
from portal.teams.models import Group, Team
from scim import switch
from tests import make
from tests.pages import reading
from tests.scim.idp import ENTERPRISE, GROUP, Idp, person
from tests.test_roles import READ, address

# Breaks out of an attribute, makes an element nobody else makes, and runs where somebody lets it. Short enough to fit
# wherever a name fits.
PROBE = "\"'><xss-probe onprobe=x><img src=x onerror=window.ran=1>"
LEADS = "javascript:window.ran=1//"

OPERATOR_PAGES = ("/operator/", "/operator/teams/", "/operator/teams/acme/", "/operator/requests/", "/operator/create/",
                  "/operator/work/", "/operator/staff/", *(f"/operator/teams/acme/{deed}/" for deed in (
                      "seats", "plan", "owner", "release", "domain", "link", "delete")))  # fmt: skip
OUTSIDE = ("/sign-in/", "/sign-in/code/", "/sign-in/trouble/", "/again/", "/teams/", "/settings/profile/security/")


def paths(team: Team) -> list[str]:
    """Every page of a team that an owner may read, and the rows that are there."""
    member = team.members.filter(role="member").order_by("created_at", "id").last()
    ids: dict[str, Any] = {"member_id": member.pk if member else None, "group_id": None, "step": "metadata"}
    group = Group.every_team.filter(team=team).first()
    if group is not None:
        ids["group_id"] = group.pk
    names = [name for name in READ if name != "group" or group is not None]
    found = [address(name, **{key: value for key, value in ids.items() if value}) for name in names]
    hooks = [f"/settings/developers/webhooks/{each.pk}/" for each in team.webhooks.all()]
    steps = [f"/settings/security/authentication/sso/connect/{step}/" for step in ("choose", "copy", "test", "on")]
    return found + hooks + steps


def furnish(team: Team) -> None:
    """Give the team a row of each kind that has a page."""
    olga = make.as_owner(team)
    make.connect_idp(team)
    make.group(team, "Engineering", make.who(team, "mia"))
    endpoints.add(team, olga, "Billing", "https://hooks.example.com/in")
    keys.make(team, olga, "Production", ["seats:read"], 90)
    setup.make(team, olga, ["sso", "scim", "domains"], 24, "Ben")


@dataclass(frozen=True)
class Form:
    """A form of a page: where it is sent, and what it holds as it is drawn."""

    page: str
    action: str
    fields: tuple[tuple[str, str], ...]
    # Those into which a person writes.
    written: tuple[str, ...]

    def filled(self, value: str) -> dict[str, str]:
        """Fill in one value wherever somebody can write."""
        return dict(self.fields) | dict.fromkeys(self.written, value)


def forms(client: Client, pages: list[str]) -> Iterator[Form]:
    """Yield each form that is sent, once, wherever it is drawn."""
    seen = set()
    for path in pages:
        answer = client.get(path)
        if answer.status_code != 200 or not answer.get("Content-Type", "").startswith("text/html") or answer.streaming:
            continue
        if not answer.content.strip():
            continue
        for form in reading.page(answer).xpath("//form[@method='post']"):
            action = form.get("action") or path
            fields = tuple((name, str(value or "")) for name, value in form.form_values())
            written = tuple(dict.fromkeys(each.get("name") for each in form.xpath(
                ".//textarea[@name] | .//select[@name] | .//input[@name and not(@type='hidden')]"
            )))  # fmt: skip
            if (action, written) not in seen:
                seen.add((action, written))
                yield Form(path, action, fields, written)


# ── What a hostile directory, identity provider and admin write ──────────────────────────────────────────────────────
def infested_person(number: int) -> dict[str, Any]:
    """A person whose every attribute is a probe."""
    several = [{"value": PROBE, "type": PROBE, "display": PROBE, "primary": True}]
    told = ("displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone", "externalId")
    more = dict.fromkeys(told, PROBE) | {"externalId": f"{PROBE}{number}", "profileUrl": LEADS}
    more |= dict.fromkeys(("phoneNumbers", "ims", "entitlements", "roles"), several)
    more["photos"] = [{"value": LEADS, "type": "photo"}]
    names = ("formatted", "givenName", "familyName", "middleName", "honorificPrefix", "honorificSuffix")
    more["name"] = dict.fromkeys(names, PROBE)
    more["emails"] = [{"value": f"p{number}@acme.test", "type": PROBE, "display": PROBE, "primary": True}]
    where = ("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type")
    more["addresses"] = [dict.fromkeys(where, PROBE)]
    more[ENTERPRISE] = dict.fromkeys(("employeeNumber", "costCenter", "organization", "division", "department"), PROBE)
    return person(f"{PROBE}{number}", **more)


def infest(team: Team, hook: str = "https://hooks.example.com/in") -> None:
    """Let everybody who may write something write probes: an identity provider, a directory, an admin, a caller."""
    olga, idp = make.as_owner(team), make.connect_idp(team)
    Team.every_team.filter(pk=team.pk).update(name=PROBE)
    team.refresh_from_db()
    browser = Client(headers={"User-Agent": PROBE})
    said = {"email": "mia@acme.test", "firstName": PROBE, "lastName": PROBE, "department": PROBE}
    make.sso_sign_in(browser, team, idp, "mia@acme.test", attributes=said, session_index=PROBE)
    for wrong in ({"audience": PROBE}, {"name_id": PROBE, "attributes": {"email": PROBE}}, {"issuer": PROBE}):
        make.sso_sign_in(browser, team, idp, "mia@acme.test", **wrong)
    keys.make(team, olga, PROBE, ["seats:read"], 90)
    setup.make(team, olga, ["sso", "scim"], 24, PROBE)
    endpoints.add(team, olga, PROBE, hook)
    seat_requests.ask(team, olga, 3, PROBE)
    directory = Idp(switch.turn_on(team, olga), client=Client(headers={"User-Agent": PROBE}))
    made = directory.post(infested_person(0))
    assert made.status == 201, made
    directory.group(f"{PROBE}g", f"/Users/{made.body['id']}", externalId=PROBE)
    directory.send("POST", "/Groups", {"schemas": [GROUP], "displayName": f"{PROBE}h", "members": [{"value": PROBE}]})
    seats.resize(team, make.BY_OPERATOR, seats.tally(team).assigned)
    directory.post(infested_person(1))
    directory.find(f'userName eq "{LEADS}"')
    policy.turn_scim_off(team, olga)
