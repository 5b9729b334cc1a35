"""Every URL of the portal walked by every role, by a stranger and by nobody; a new URL without an entry fails."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter

from portal.api.endpoints import ENDPOINTS
from portal.teams import links, seat_requests
from portal.teams.actor import Role
from portal.teams.models import SeatRequest, Team
from tests import make

# Pages outside any team: who may see them is for their own tests.
PUBLIC = {
    "healthz", "readyz", "metrics", "sign_in", "sign_in_code", "sign_in_link", "trouble", "sign_out", "choose_team",
    "theme", "sign_in_second", "sign_in_second_passkey", "sign_in_passkey", "sign_in_passkey_prove", "reauthenticate",
    "reauthenticate_send", "reauthenticate_prove", "reauthenticate_factor", "reauthenticate_passkey", "api:openapi",
    "api:docs", "setup_open", "sso:login", "sso:acs", "sso:finish", "sso:metadata", "sso:slo",
}  # fmt: skip
# Pages of the browser that holds a setup link: no role opens them.
SETUP = {
    "setup", "setup_domains", "setup_domain_propose",
    "sso:setup", "sso:setup_save", "sso:setup_upload", "sso:setup_test", "sso:setup_propose", "sso:setup_log",
    "scim:setup", "scim:setup_ask", "scim:setup_collect", "scim:setup_log",
}  # fmt: skip
# The vendor's own pages: no role of any team opens them.
OPERATOR = {
    "operators:overview", "operators:teams", "operators:team", "operators:closed", "operators:create",
    "operators:seats", "operators:plan",
    "operators:owner", "operators:release", "operators:vouch", "operators:link", "operators:delete",
    "operators:requests", "operators:request", "operators:grant", "operators:decline", "operators:work",
    "operators:revive", "operators:staff", "operators:webhooks", "operators:webhook_add", "operators:webhook",
    "operators:webhook_change", "operators:webhook_rotate", "operators:webhook_pause", "operators:webhook_resume",
    "operators:webhook_resume_from_now", "operators:webhook_remove", "operators:webhook_test",
    "operators:webhook_resend_failed", "operators:webhook_deliveries", "operators:webhook_delivery",
    "operators:webhook_resend",
}  # fmt: skip
# What a product calls with its key: a browser's session opens none of it (tests/api/test_keys.py walks the scopes).
API = {f"api:{each.name}" for each in ENDPOINTS}
# Pages of a team: the least role that may see them.
READ = {
    "home": Role.MEMBER,
    "profile": Role.MEMBER,
    "security": Role.MEMBER,
    "rescue_codes": Role.OWNER,
    "domains": Role.AUDITOR,
    "member_sessions": Role.ADMIN,
    "session_duration": Role.AUDITOR,
    "general": Role.AUDITOR,
    "members": Role.AUDITOR,
    "waiting": Role.AUDITOR,
    "people_add": Role.ADMIN,
    "imports": Role.AUDITOR,
    "import_sample": Role.AUDITOR,
    "member": Role.AUDITOR,
    "members_export": Role.AUDITOR,
    "groups": Role.AUDITOR,
    "group": Role.AUDITOR,
    "audit": Role.AUDITOR,
    "audit_csv": Role.AUDITOR,
    "audit_jsonl": Role.AUDITOR,
    "setup_links": Role.AUDITOR,
    "plan": Role.AUDITOR,
    "notices": Role.AUDITOR,
    "search": Role.AUDITOR,
    "notice_rules": Role.AUDITOR,
    "my_notices": Role.AUDITOR,
    "plan_ledger_csv": Role.AUDITOR,
    "webhooks": Role.AUDITOR,
    "seat_request": Role.AUDITOR,
    "api:developers": Role.AUDITOR,
    "directories": Role.AUDITOR,
    "directory_add": Role.ADMIN,
    "sso:panel": Role.AUDITOR,
    "sso:log": Role.AUDITOR,
    "sso:mapping": Role.AUDITOR,
    "sso:wizard": Role.ADMIN,
    "sso:log_new": Role.AUDITOR,
    "sso:log_csv": Role.AUDITOR,
    "sso:log_jsonl": Role.AUDITOR,
    "sso:keys": Role.AUDITOR,
    "scim:panel": Role.AUDITOR,
    "scim:connect": Role.AUDITOR,
    "scim:heard": Role.AUDITOR,
    "scim:people": Role.AUDITOR,
    "scim:log": Role.AUDITOR,
    "scim:log_new": Role.AUDITOR,
    "scim:log_csv": Role.AUDITOR,
    "scim:log_jsonl": Role.AUDITOR,
}
# Rows of a team that are read by their id: the least role that is told that there is no such row.
ROWS = {
    "sso:key_download": Role.AUDITOR,
    "webhook": Role.AUDITOR,
    "webhook_deliveries": Role.AUDITOR,
    "webhook_delivery": Role.AUDITOR,
    "import": Role.AUDITOR,
    "import_progress": Role.AUDITOR,
    "import_refused": Role.AUDITOR,
    "members_many": Role.ADMIN,
    "members_errand": Role.AUDITOR,
    "members_errand_progress": Role.AUDITOR,
    "notice_rule": Role.AUDITOR,
    "directory": Role.AUDITOR,
    "directory_progress": Role.AUDITOR,
    "directory_run": Role.AUDITOR,
    "directory_key": Role.ADMIN,
    "directory_rules": Role.ADMIN,
}
# Acts of a team: the least role whose POST the door lets through to the act.
WRITE = {
    "sign_in_end": Role.MEMBER,
    "totp_begin": Role.MEMBER,
    "totp_confirm": Role.MEMBER,
    "totp_remove": Role.MEMBER,
    "recovery_codes_make": Role.MEMBER,
    "recovery_codes_save": Role.MEMBER,
    "passkey_begin": Role.MEMBER,
    "passkey_add": Role.MEMBER,
    "passkey_rename": Role.MEMBER,
    "passkey_remove": Role.MEMBER,
    "domain_claim": Role.ADMIN,
    "session_duration_set": Role.ADMIN,
    "time_zone_set": Role.ADMIN,
    "second_factor_want": Role.OWNER,
    "member_sessions_end": Role.ADMIN,
    "member_session_end": Role.ADMIN,
    "sign_in_end_others": Role.MEMBER,
    "domain_check": Role.ADMIN,
    "domain_verify": Role.OWNER,
    "domain_remove": Role.ADMIN,
    "domain_outside_allow": Role.OWNER,
    "domain_outside_refuse": Role.OWNER,
    "rescue_make": Role.OWNER,
    "rescue_save": Role.OWNER,
    "member_assign": Role.ADMIN,
    "members_many_assign": Role.ADMIN,
    "members_many_unassign": Role.ADMIN,
    "members_many_role": Role.ADMIN,
    "members_many_sign_out": Role.ADMIN,
    "members_errand_take_back": Role.ADMIN,
    "member_assign_again": Role.ADMIN,
    "member_unassign": Role.ADMIN,
    "member_role": Role.ADMIN,
    "member_suspend": Role.OWNER,
    "member_unsuspend": Role.OWNER,
    "member_sign_out": Role.ADMIN,
    "member_allow_return": Role.ADMIN,
    "people_read": Role.ADMIN,
    "import_upload": Role.ADMIN,
    "import_begin": Role.ADMIN,
    "import_cancel": Role.ADMIN,
    "import_take_back": Role.ADMIN,
    "directory_check": Role.ADMIN,
    "directory_key_replace": Role.ADMIN,
    "directory_rules_set": Role.ADMIN,
    "directory_groups_read": Role.ADMIN,
    "directory_try": Role.ADMIN,
    "directory_enable": Role.ADMIN,
    "directory_run_now": Role.ADMIN,
    "directory_pause": Role.ADMIN,
    "directory_resume": Role.ADMIN,
    "directory_remove": Role.ADMIN,
    "directory_run_confirm": Role.ADMIN,
    "directory_run_cancel": Role.ADMIN,
    "waiting_dismiss": Role.ADMIN,
    "waiting_dismiss_several": Role.ADMIN,
    "waiting_seat": Role.ADMIN,
    "seat_request_ask": Role.ADMIN,
    "seat_request_withdraw": Role.ADMIN,
    "notices_read": Role.AUDITOR,
    "notice_read": Role.AUDITOR,
    "notice_dismiss": Role.AUDITOR,
    "notice_rule_set": Role.ADMIN,
    "my_notices_save": Role.AUDITOR,
    "setup_link_make": Role.ADMIN,
    "setup_link_revoke": Role.ADMIN,
    "setup_draft_confirm": Role.ADMIN,
    "setup_draft_decline": Role.ADMIN,
    "webhook_add": Role.ADMIN,
    "webhook_change": Role.ADMIN,
    "webhook_rotate": Role.ADMIN,
    "webhook_pause": Role.ADMIN,
    "webhook_resume": Role.ADMIN,
    "webhook_resume_from_now": Role.ADMIN,
    "webhook_remove": Role.ADMIN,
    "webhook_test": Role.ADMIN,
    "webhook_resend": Role.ADMIN,
    "webhook_resend_failed": Role.ADMIN,
    "api:key_make": Role.ADMIN,
    "api:key_revoke": Role.ADMIN,
    "group_role": Role.ADMIN,
    "group_remove": Role.OWNER,
    "sso:save": Role.ADMIN,
    "sso:choose": Role.ADMIN,
    "sso:look": Role.ADMIN,
    "sso:take": Role.ADMIN,
    "sso:mapping_save": Role.ADMIN,
    "sso:upload": Role.ADMIN,
    "sso:idp_initiated": Role.ADMIN,
    "sso:jit": Role.ADMIN,
    "sso:test": Role.ADMIN,
    "sso:turn_on": Role.OWNER,
    "sso:turn_off": Role.OWNER,
    "sso:again": Role.OWNER,
    "sso:enforce": Role.OWNER,
    "sso:relax": Role.OWNER,
    "sso:confirm": Role.OWNER,
    "sso:link_again": Role.OWNER,
    "sso:key_make": Role.ADMIN,
    "sso:key_current": Role.ADMIN,
    "sso:key_remove": Role.ADMIN,
    "sso:certificate_add": Role.ADMIN,
    "sso:certificate_remove": Role.ADMIN,
    "sso:protocol": Role.ADMIN,
    "scim:turn_on": Role.ADMIN,
    "scim:turn_off": Role.ADMIN,
    "scim:groups_on": Role.ADMIN,
    "scim:groups_off": Role.ADMIN,
    "scim:rotate": Role.ADMIN,
    "scim:revoke": Role.ADMIN,
    "scim:listen": Role.ADMIN,
    "scim:unassign_look": Role.ADMIN,
    "scim:unassign": Role.ADMIN,
}
PEOPLE = {Role.MEMBER: "mia", Role.AUDITOR: "aud", Role.ADMIN: "adam", Role.OWNER: "olga"}


def named(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every named URL with the names of its arguments."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.app_name}:" if pattern.app_name else prefix
            yield from named(pattern.url_patterns, inner)
        elif pattern.name:
            yield prefix + pattern.name, dict(pattern.pattern.converters)


URLS = dict(named(get_resolver().url_patterns))


def address(name: str, **known: object) -> str:
    """Return the URL of a page, with ids nobody has but for those that are known."""
    unknown = {argument: 0 if isinstance(kind, IntConverter) else uuid4() for argument, kind in URLS[name].items()}
    return reverse(name, kwargs=unknown | {argument: known[argument] for argument in unknown if argument in known})


@pytest.fixture
def staffed(acme: Team) -> Team:
    """Acme with an auditor too."""
    make.member(acme, "aud@acme.test", role=Role.AUDITOR)
    return acme


def test_every_url_has_its_entry() -> None:
    assert set(URLS) == PUBLIC | SETUP | OPERATOR | API | set(READ) | set(ROWS) | set(WRITE)


@pytest.mark.parametrize("role", list(Role))
def test_pages_open_from_their_role_on(role: Role, staffed: Team) -> None:
    client = Client()
    make.sign_in(client, f"{PEOPLE[role]}@acme.test")

    ids = {"group_id": make.group(staffed, "Engineering").pk, "member_id": make.who(staffed, "mia").pk, "step": "copy"}

    answers = {name: client.get(address(name, **ids)).status_code for name in READ}

    assert answers == {name: 200 if role.reaches(needed) else 403 for name, needed in READ.items()}


@pytest.mark.parametrize("role", list(Role))
def test_rows_are_looked_up_from_their_role_on(role: Role, staffed: Team) -> None:
    client = Client()
    make.sign_in(client, f"{PEOPLE[role]}@acme.test")

    answers = {name: client.get(address(name)).status_code for name in ROWS}

    assert answers == {name: 404 if role.reaches(needed) else 403 for name, needed in ROWS.items()}


@pytest.mark.parametrize("role", list(Role))
def test_acts_are_refused_below_their_role(role: Role, staffed: Team) -> None:
    client = Client()
    make.sign_in(client, f"{PEOPLE[role]}@acme.test")
    closed = [name for name, needed in WRITE.items() if not role.reaches(needed)]

    answers = {name: client.post(address(name), {"team": str(staffed.pk)}).status_code for name in closed}

    assert set(answers.values()) <= {403}


def test_nobody_is_led_to_the_sign_in_page_from_everywhere(staffed: Team) -> None:
    client = Client()

    answers = [client.get(address(name)) for name in (*READ, *ROWS)]
    answers += [client.post(address(name), {"team": str(staffed.pk)}) for name in WRITE]

    assert {answer.status_code for answer in answers} == {302}
    assert {answer.headers["Location"].partition("?")[0] for answer in answers} == {reverse("sign_in")}


def test_a_form_drawn_for_another_team_is_409_everywhere(staffed: Team, globex: Team) -> None:
    client = Client()
    make.sign_in(client, "greg@globex.test")

    answers = {name: client.post(address(name), {"team": str(staffed.pk)}).status_code for name in WRITE}

    assert set(answers.values()) == {409}


@pytest.mark.parametrize("role", list(Role))
def test_no_role_opens_the_pages_of_a_setup_link(role: Role, staffed: Team) -> None:
    client = Client()
    make.sign_in(client, f"{PEOPLE[role]}@acme.test")

    answers = [client.get(address(name)).status_code for name in SETUP]
    answers += [client.post(address(name), {"team": str(staffed.pk)}).status_code for name in SETUP]

    assert set(answers) <= {404, 405}


# A page says no; what is only pressed is no page.
REFUSED = {403, 405}


def reached(client: Client, team: Team) -> set[int]:
    """Ask for every page of the operators, and press every button there; returns how each was answered."""
    row = SeatRequest.every_team.get(team=team)
    known = {"slug": team.slug, "request_id": row.pk}
    addresses = [address(name, **known) for name in sorted(OPERATOR)]
    asked = [client.get(path) for path in addresses] + [client.post(path, {"reason": "x"}) for path in addresses]
    return {answer.status_code for answer in asked}


@pytest.fixture
def asking(staffed: Team) -> Team:
    """Acme, which asked for seats."""
    seat_requests.ask(staffed, make.as_owner(staffed), 5)
    return staffed


@pytest.mark.parametrize("role", list(Role))
def test_no_role_opens_the_operators_pages(role: Role, asking: Team) -> None:
    client = make.sign_in(Client(), f"{PEOPLE[role]}@acme.test")

    assert reached(client, asking) == REFUSED


def test_a_session_by_single_sign_on_opens_none_of_them_whatever_its_address(asking: Team) -> None:
    make.vendor_operator("olga@acme.test")
    client = make.enter_by_sso(Client(), make.who(make.sso_on(asking), "olga"))

    assert reached(client, asking) == REFUSED


def test_emergency_access_opens_none_of_them(asking: Team) -> None:
    make.vendor_operator("olga@acme.test")
    token, _row = links.make_break_glass(asking, make.BY_OPERATOR, "olga@acme.test", "locked out")
    client = Client()
    client.post(f"/sign-in/link/{token}/")

    assert reached(client, asking) == REFUSED


def test_an_operator_without_a_second_factor_opens_none_of_them(asking: Team) -> None:
    make.vendor_operator("otto@vendor.test")
    client = make.sign_in(Client(), "otto@vendor.test")

    answers = [client.post(address(name, slug="acme")) for name in sorted(OPERATOR)]
    led = {answer.headers["Location"] for answer in answers if answer.status_code != 405}

    assert led == {reverse("security")}
    assert reached(client, asking) == {302, 405}


def test_nobody_is_led_to_the_sign_in_page_from_each_of_them(asking: Team) -> None:
    answers = [Client().post(address(name)) for name in OPERATOR]
    answers = [answer for answer in answers if answer.status_code != 405]

    assert {answer.headers["Location"].partition("?")[0] for answer in answers} == {reverse("sign_in")}


@pytest.mark.parametrize("role", list(Role))
def test_no_role_opens_the_api_in_a_browser(role: Role, staffed: Team) -> None:
    client = Client()
    make.sign_in(client, f"{PEOPLE[role]}@acme.test")

    answers = [ask(address(name)).status_code for name in API for ask in (client.get, client.post)]

    assert set(answers) <= {401, 429}
