"""A tour of every page there is: the demo world at work, who looks at which page, and what has happened before.

The look is tested on this tour, and the pictures of the documentation are taken on it.
"""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from tests import servers
from tests.browser.conftest import Trouble, await_port, beside

ADA, BEN, CLEO, EVA = (f"{name}@northwind.test" for name in ("ada", "ben", "cleo", "eva"))
FINN, GINA = "finn@fresh.test", "gina@plain.test"
# Their team wants a second factor, and they have none.
HANA = "hana@guarded.test"
# Whose team has work going on.
JONA = "jona@busy.test"
OTTO = "otto@vendor.test"
# Otto, whose code from the mail was right and who is asked for his second factor.
HALFWAY = "otto@vendor.test, halfway in"
# Ben again, in a session that single sign-on made.
BEN_BY_SSO = "ben@northwind.test by single sign-on"
WEBHOOKS = "/settings/developers/webhooks/"
SECURITY = "/settings/profile/security/"
DIRECTORIES = "/settings/security/directory-import/"
PRACTICE_KEY = "jca_practice_key_of_this_machine"
SSO, SCIM = "/settings/security/authentication/sso/", "/settings/security/authentication/scim/"


# Beside Northwind: short name, owner and plan.
TEAMS = (
    ("fresh", FINN, "enterprise"), ("plain", GINA, "business"), ("guarded", HANA, "business"),
    ("busy", JONA, "business"), ("closed", "ivo@closed.test", "business"),
)  # fmt: skip
# Work that a page shows while it goes on: it is due in a month, so that it stands still.
ERRAND, IMPORT = "01a21e00-0000-7000-8000-00000000e44a", "01a21e00-0000-7000-8000-000000001317"
AT_WORK = f"""
from datetime import timedelta
from django.utils import timezone
from portal.imports.models import Import, State
from portal.teams import errands
from portal.teams.actor import Actor, Door, Role
from portal.teams.errands import Order, Verb
from portal.teams.finding import Choice
from portal.teams.models import Errand, Team
team, later = Team.every_team.get(slug="busy"), timezone.now() + timedelta(days=30)
jona = team.members.get(email="{JONA}")
by = Actor(Door.DASHBOARD, jona.label, id=str(jona.pk), role=Role.OWNER, member_id=jona.pk)
begun = errands.begin(team, by, Order(Verb.SIGN_OUT, Choice()))
Errand.every_team.filter(pk=begun.pk).update(id="{ERRAND}", due_at=later, expected=1240, done=500)
Import.every_team.create(
    id="{IMPORT}", team=team, by_id=jona.pk, by=jona.label, name="people.csv", state=State.RUNNING, due_at=later,
    counts={{"new": 1180, "changed": 20}}, at=500, confirmed_at=timezone.now(),
)
Team.every_team.filter(slug="guarded").update(second_factor="everybody")
"""


@dataclass(frozen=True)
class Stop:
    """One page of the tour: its name, its path, who looks at it, and what they press there first."""

    name: str
    path: str
    who: str = ADA
    press: Callable[[Page], None] | None = None
    # A page of the practice IdP, not of the portal.
    practice: bool = False
    # The page that the press leads to, by the name of its URL.
    leads_to: str = ""


def _ask_for_code(page: Page) -> None:
    page.get_by_label("Work e-mail").fill("eva@northwind.test")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Enter your code").wait_for()


def _ask_for_sso(page: Page) -> None:
    page.get_by_label("Work e-mail").fill("northwind")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Sign in through your organisation").wait_for()


def _assign_nobody(page: Page) -> None:
    page.get_by_role("link", name="Assign a seat").first.or_(page.get_by_role("button", name="Assign a seat")).click()
    page.get_by_role("dialog").get_by_label("E-mail").fill("no-address@x")
    page.get_by_role("dialog").get_by_role("button", name="Assign a seat").click()
    page.get_by_role("heading", name="Assign a seat").first.wait_for()


def _open_first_row(page: Page) -> None:
    page.locator(".sg-log summary").first.click()


def _open_person(name: str, dialog: str = "") -> Callable[[Page], None]:
    def press(page: Page) -> None:
        page.get_by_role("row").filter(has_text=name).get_by_role("link", name=name).click()
        page.get_by_role("heading", name=name, level=1).wait_for()
        if dialog:
            page.get_by_role("main").get_by_role("button", name=dialog, exact=True).click()
            page.get_by_role("dialog").wait_for()

    return press


def _sign_out_many(page: Page) -> None:
    for name in ("Farid Haddad", "Grace Kim", "Ada Okafor"):
        page.get_by_role("checkbox", name=f"Select {name}").check()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("heading", name="What became of them").wait_for()


def _see_sessions(page: Page) -> None:
    _open_person("Ben Ferro")(page)
    page.get_by_role("link", name="See each").click()
    page.wait_for_url(re.compile("/sessions/$"))


def _open_menu(page: Page) -> None:
    page.get_by_text("Your menu").locator("..").click()


def _open_details(page: Page) -> None:
    for summary in page.locator("main details > summary").all():
        summary.click()


def _open_mail(page: Page) -> None:
    page.get_by_role("link", name=re.compile("code")).first.click()
    page.get_by_role("heading", name="As text").wait_for()


def _open_group(page: Page) -> None:
    page.get_by_role("link", name="Engineers").first.click()
    page.get_by_role("heading", name="Engineers", level=1).wait_for()


def _set_up_app(page: Page) -> None:
    page.get_by_role("button", name="Set up an app").click()
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()


def _add_passkey(page: Page) -> None:
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("heading", name="Add a passkey").wait_for()


def _use_passkey(page: Page) -> None:
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Sign in with a passkey").wait_for()


def _claim_domain(page: Page) -> None:
    if not page.get_by_text("northwind.test", exact=True).count():
        page.get_by_label("Domain", exact=True).fill("northwind.test")
        page.get_by_role("button", name="Claim it").click()
        page.get_by_text("northwind.test", exact=True).first.wait_for()


def _make_link(page: Page) -> None:
    page.get_by_role("button", name="Make the link").click()
    page.get_by_text("Copy it now").wait_for()


def _make_key(page: Page) -> None:
    page.get_by_label("Name", exact=True).fill("Production")
    page.get_by_role("button", name="Make the key").click()
    page.get_by_text("Copy it now").wait_for()


def _open_link(page: Page) -> None:
    _make_link(page)
    page.goto(page.locator("main input[readonly]").first.input_value())
    page.get_by_role("button", name="Open in this browser").wait_for()


def _claim_link(page: Page) -> None:
    _open_link(page)
    page.get_by_role("button", name="Open in this browser").click()
    page.wait_for_url(re.compile("/setup/"))
    page.get_by_role("heading", level=1).first.wait_for()


def _open_webhook(page: Page) -> None:
    if not page.get_by_role("link", name="Billing").count():
        page.get_by_label("Name").fill("Billing")
        page.get_by_label("Address").fill("http://127.0.0.1:9/events")
        page.get_by_role("button", name="Add it").click()
        page.get_by_role("link", name="I copied it").click()
    else:
        page.get_by_role("link", name="Billing").click()
    page.get_by_role("heading", name="Billing", level=1).wait_for()


def _rotate_webhook(page: Page) -> None:
    _open_webhook(page)
    page.get_by_role("button", name="Rotate").click()
    page.get_by_role("button", name="Make a new secret").click()
    page.get_by_text("Copy it now").wait_for()


def _open_delivery(page: Page) -> None:
    _open_webhook(page)
    page.locator("#deliveries a").first.click()
    page.get_by_role("heading", name="What came of it").wait_for()


def _open_tried_delivery(page: Page) -> None:
    _open_webhook(page)
    page.get_by_role("button", name="Send a test").click()
    page.locator("#deliveries a").first.click()
    page.get_by_role("heading", name="What came of it").wait_for()


def _link_page(number: int) -> Callable[[Page], None]:
    def press(page: Page) -> None:
        _claim_link(page)
        page.get_by_role("navigation", name="Pages of this link").get_by_role("link").nth(number).click()
        page.get_by_role("heading", level=1).first.wait_for()

    return press


def _paste_people(page: Page) -> None:
    page.get_by_label("People").fill("Nia Nord <nia@northwind.test>; nobody\nola@northwind.test")
    page.get_by_role("button", name="Look them over").click()
    page.get_by_role("heading", name="Pasted addresses").wait_for()


def _import_people(page: Page) -> None:
    _paste_people(page)
    begin = page.get_by_role("button", name=re.compile("^Import [0-9]"))
    # Whoever comes round again meets the people of the last time, and nothing to begin.
    (begin if begin.count() else page.get_by_role("button", name="Discard")).click()
    page.get_by_role("heading", name="What came of it").wait_for()


def _open_directory(name: str, group: str) -> Callable[[Page], None]:
    """Open an import from the practice directory; set it up where it is not there yet."""

    def press(page: Page) -> None:
        if page.get_by_role("link", name=name, exact=True).count():
            page.get_by_role("link", name=name, exact=True).click()
        else:
            page.get_by_role("link", name="Add an import").click()
            page.get_by_label("Name", exact=True).fill(name)
            page.get_by_label("Where your JumpCloud is").select_option("practice")
            page.get_by_label("API key").fill(PRACTICE_KEY)
            page.get_by_role("button", name="Check the key").click()
            page.get_by_label(group, exact=True).check()
            page.get_by_role("button", name="Save and go on").click()
        page.get_by_role("heading", name=name, level=1).wait_for()

    return press


def _refused_key(page: Page) -> None:
    page.get_by_label("API key").fill("wrong")
    page.get_by_label("Where your JumpCloud is").select_option("practice")
    page.get_by_role("button", name="Check the key").click()
    page.get_by_text("Key refused by JumpCloud (401).").wait_for()


def _try_directory(page: Page) -> None:
    _open_directory("Engineering", "Engineering")(page)
    if page.get_by_role("button", name="Look what would happen").count():
        page.get_by_role("button", name="Look what would happen").click()
    page.get_by_role("heading", name="What the first run would do").wait_for()


def _change_directory(page: Page) -> None:
    _open_directory("Engineering", "Engineering")(page)
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_role("heading", name="Groups and rules", level=1).wait_for()


def _replace_directory_key(page: Page) -> None:
    _open_directory("Engineering", "Engineering")(page)
    page.get_by_role("link", name="Replace", exact=True).click()
    page.get_by_role("heading", name="Replace the key of Engineering").wait_for()


def _run_directory(page: Page) -> None:
    _open_directory("Sales", "Sales")(page)
    if page.get_by_role("button", name="Enable without a dry run").count():
        page.get_by_role("button", name="Enable without a dry run").click()
    page.get_by_role("row").filter(has_text="Done").first.wait_for()


def _see_directory_run(page: Page) -> None:
    _run_directory(page)
    page.get_by_role("row").filter(has_text="Done").first.get_by_role("link").click()
    page.get_by_role("heading", name="Run", level=1).wait_for()


def _send_other(field: str) -> Callable[[Page], None]:
    """Send the page's form with another value in one of its hidden fields."""

    def press(page: Page) -> None:
        hidden = page.locator(f"main form [name={field}]")
        hidden.evaluate_all("fields => { for (const each of fields) each.value = 'another'; }")
        page.locator("main form button").first.click()
        page.get_by_role("heading", level=1).first.wait_for()

    return press


def _make_sign_in_link(page: Page) -> None:
    page.get_by_label("E-mail of a member").fill("eva@northwind.test")
    page.get_by_label("Reason").fill("She lost her mailbox, and her admin vouches for her.")
    page.locator("main form button").first.click()
    page.get_by_text("Copy it now").wait_for()


def _open_sign_in_link(page: Page) -> None:
    _make_sign_in_link(page)
    page.goto(page.locator("main input[readonly]").first.input_value())
    page.get_by_role("heading", name="Sign in with this link").wait_for()


def _come_unassigned(page: Page) -> None:
    page.get_by_role("button", name="Sign in as Nora Quinn").click()
    page.get_by_text("Send this to your admin").wait_for()


def _create_nothing(page: Page) -> None:
    page.get_by_label("Short name").fill("Not A Slug")
    page.locator("main form").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Create the team").click()
    page.locator(".sg-field-errors").first.wait_for()


def _open_request(page: Page) -> None:
    page.get_by_role("link", name="Plain").click()
    page.get_by_role("heading", name="Plain asks for 5 more seats").wait_for()


TOUR = (
    Stop("overview", "/"),
    Stop("members", "/members/"),
    Stop("members-nobody-found", "/members/?q=nobody"),
    Stop("members-filtered", "/members/?status=active&seen=never&sort=-seat"),
    Stop("members-many", "/members/many/?act=sign_out&all=1", leads_to="members_many"),
    Stop("members-many-role", "/members/many/?act=role&all=1"),
    Stop("members-many-locked", "/members/many/?act=unassign&all=1"),
    Stop("members-many-done", "/members/", press=_sign_out_many, leads_to="members_errand"),
    Stop("members-many-at-work", f"/members/many/{ERRAND}/", JONA),
    Stop("members-at-work", "/members/", JONA),
    Stop("member", "/members/", press=_open_person("Ben Ferro"), leads_to="member"),
    Stop("member-owner", "/members/", press=_open_person("Ada Okafor"), leads_to="member"),
    Stop("member-role", "/members/", press=_open_person("Ben Ferro", "Change role"), leads_to="member"),
    Stop("member-suspend", "/members/", press=_open_person("Ben Ferro", "Emergency suspend"), leads_to="member"),
    Stop("auditor-member", "/members/", CLEO, _open_person("Eva Stone"), leads_to="member"),
    Stop("member-sessions", "/members/", press=_see_sessions, leads_to="member_sessions"),
    Stop("general", "/settings/general/"),
    Stop("session-duration", "/settings/security/sessions/"),
    Stop("people-add", "/members/add/"),
    Stop("imports", "/members/import/"),
    Stop("new-people-add", "/members/add/", FINN),
    Stop("new-imports", "/members/import/", FINN),
    Stop("import-preview", "/members/add/", FINN, _paste_people, leads_to="import"),
    Stop("import-result", "/members/add/", FINN, _import_people, leads_to="import"),
    Stop("import-at-work", f"/members/import/{IMPORT}/", JONA),
    Stop("auditor-imports", "/members/import/", CLEO),
    Stop("waiting", "/members/waiting/"),
    Stop("single-sign-on", SSO),
    Stop("single-sign-on-open", SSO, press=_open_details),
    Stop("sso-wizard-choose", f"{SSO}connect/choose/"),
    Stop("sso-wizard-copy", f"{SSO}connect/copy/"),
    Stop("sso-wizard-metadata", f"{SSO}connect/metadata/"),
    Stop("sso-wizard-test", f"{SSO}connect/test/"),
    Stop("sso-wizard-on", f"{SSO}connect/on/"),
    Stop("attributes", f"{SSO}attributes/"),
    Stop("certificates", f"{SSO}keys/"),
    Stop("provisioning", SCIM),
    Stop("provisioning-open", SCIM, press=_open_details),
    Stop("audit-log", "/log/audit/"),
    Stop("audit-log-nothing", "/log/audit/?q=nobody&since=2026-01-01"),
    Stop("sign-in-log", "/log/sign-ins/"),
    Stop("provisioning-log", "/log/provisioning/"),
    Stop("provisioning-log-open", "/log/provisioning/", press=_open_first_row),
    Stop("groups", "/groups/"),
    Stop("group", "/groups/", press=_open_group, leads_to="group"),
    Stop("domains", "/settings/security/domains/"),
    Stop("domains-claimed", "/settings/security/domains/", press=_claim_domain),
    Stop("scim-wizard", f"{SCIM}connect/"),
    Stop("scim-wizard-copy", f"{SCIM}connect/?with=okta&step=2"),
    Stop("scim-wizard-listen", f"{SCIM}connect/?with=entra&step=3"),
    Stop("scim-wizard-assign", f"{SCIM}connect/?with=jumpcloud&step=4"),
    Stop("scim-wizard-result", f"{SCIM}connect/?with=jumpcloud&step=5"),
    Stop("scim-people", f"{SCIM}people/"),
    Stop("rescue-codes", "/settings/profile/rescue-codes/"),
    Stop("security", SECURITY),
    Stop("security-app", SECURITY, press=_set_up_app),
    Stop("security-passkey", SECURITY, press=_add_passkey),
    Stop("seat-request", "/settings/plan/request/"),
    Stop("setup-links", "/settings/setup-links/"),
    Stop("setup-link-made", "/settings/setup-links/", press=_make_link),
    Stop("setup-link-open", "/settings/setup-links/", press=_open_link),
    Stop("setup-link-home", "/settings/setup-links/", press=_claim_link),
    Stop("setup-link-domains", "/settings/setup-links/", press=_link_page(1)),
    Stop("setup-link-sso", "/settings/setup-links/", press=_link_page(2)),
    Stop("setup-link-scim", "/settings/setup-links/", press=_link_page(4)),
    Stop("search", "/search/?q=e"),
    Stop("search-nothing", "/search/?q=zzz"),
    Stop("search-empty", "/search/"),
    Stop("notices", "/notices/"),
    Stop("notices-earlier", "/notices/?show=earlier"),
    Stop("notice-rules", "/settings/notices/"),
    Stop("notice-rule", "/settings/notices/seats_full/"),
    Stop("notice-rule-security", "/settings/notices/rescue_code_used/"),
    Stop("my-notices", "/settings/profile/notices/"),
    Stop("plan", "/settings/plan/"),
    Stop("plan-table", "/settings/plan/?days=90", press=_open_details),
    Stop("plan-nothing", "/settings/plan/?door=csv"),
    Stop("webhooks-empty", WEBHOOKS),
    Stop("webhook", WEBHOOKS, press=_open_webhook, leads_to="webhook"),
    Stop("webhooks", WEBHOOKS),
    Stop("webhook-secret", WEBHOOKS, press=_rotate_webhook),
    Stop("webhook-delivery", WEBHOOKS, press=_open_delivery, leads_to="webhook_delivery"),
    Stop("auditor-webhooks", WEBHOOKS, CLEO),
    Stop("api-keys", "/settings/developers/"),
    Stop("api-key-made", "/settings/developers/", press=_make_key),
    Stop("profile", "/settings/profile/"),
    Stop("person-menu", "/settings/profile/", press=_open_menu),
    Stop("teams", "/teams/"),
    Stop("again", "/again/?next=/"),
    Stop("sso-again", "/again/?next=/", BEN_BY_SSO),
    Stop("sso-security", SECURITY, BEN_BY_SSO),
    Stop("second-factor-wanted", "/", HANA),
    Stop("second-factor-security", SECURITY, HANA),
    Stop("form-of-another-team", "/settings/general/", press=_send_other("team")),
    Stop("form-too-old", "/settings/general/", press=_send_other("csrfmiddlewaretoken")),
    # Locked: an auditor reads, a member has a home.
    Stop("auditor-overview", "/", CLEO),
    Stop("auditor-members", "/members/", CLEO),
    Stop("auditor-single-sign-on", SSO, CLEO),
    Stop("auditor-certificates", f"{SSO}keys/", CLEO),
    Stop("auditor-notices", "/notices/", CLEO),
    Stop("auditor-notice-rules", "/settings/notices/", CLEO),
    Stop("auditor-notice-rule", "/settings/notices/seats_full/", CLEO),
    Stop("auditor-my-notices", "/settings/profile/notices/", CLEO),
    Stop("auditor-plan", "/settings/plan/", CLEO),
    Stop("auditor-api-keys", "/settings/developers/", CLEO),
    Stop("auditor-provisioning", SCIM, CLEO),
    Stop("member-home", "/", EVA),
    Stop("member-profile", "/settings/profile/", EVA),
    Stop("refused", "/members/", EVA),
    # Empty: a team of one, before anything; and one whose plan has neither.
    Stop("new-overview", "/", FINN),
    Stop("new-members", "/members/", FINN),
    Stop("new-assign-wrong", "/members/", FINN, _assign_nobody),
    Stop("new-single-sign-on", SSO, FINN),
    Stop("new-certificates", f"{SSO}keys/", FINN),
    Stop("new-provisioning", SCIM, FINN),
    Stop("new-groups", "/groups/", FINN),
    Stop("new-sign-in-log", "/log/sign-ins/", FINN),
    Stop("new-provisioning-log", "/log/provisioning/", FINN),
    Stop("plain-overview", "/", GINA),
    Stop("plain-single-sign-on", SSO, GINA),
    Stop("plain-notices", "/notices/", GINA),
    Stop("plain-plan", "/settings/plan/", GINA),
    Stop("plain-provisioning", SCIM, GINA),
    # The vendor's operator.
    Stop("operator-overview", "/operator/", OTTO),
    Stop("operator-webhooks", "/operator/webhooks/", OTTO),
    Stop("operator-webhook", "/operator/webhooks/", OTTO, _open_webhook, leads_to="operators:webhook"),
    Stop("operator-delivery", "/operator/webhooks/", OTTO, _open_tried_delivery, leads_to="operators:webhook_delivery"),
    Stop("operator-teams", "/operator/teams/", OTTO),
    Stop("operator-teams-none", "/operator/teams/?q=nobody", OTTO),
    Stop("operator-team", "/operator/teams/northwind/", OTTO),
    Stop("operator-closed", "/operator/closed/", OTTO),
    Stop("operator-create", "/operator/create/", OTTO),
    Stop("operator-create-wrong", "/operator/create/", OTTO, _create_nothing),
    Stop("operator-seats", "/operator/teams/northwind/seats/", OTTO),
    Stop("operator-plan", "/operator/teams/northwind/plan/", OTTO),
    Stop("operator-owner", "/operator/teams/northwind/owner/", OTTO),
    Stop("operator-release", "/operator/teams/northwind/release/", OTTO),
    Stop("operator-domain", "/operator/teams/northwind/domain/", OTTO),
    Stop("operator-link", "/operator/teams/northwind/link/", OTTO),
    Stop("operator-link-made", "/operator/teams/northwind/link/", OTTO, _make_sign_in_link),
    Stop("sign-in-by-link", "/operator/teams/northwind/link/", OTTO, _open_sign_in_link),
    Stop("operator-delete", "/operator/teams/northwind/delete/", OTTO),
    Stop("operator-requests", "/operator/requests/", OTTO),
    Stop("operator-request", "/operator/requests/", OTTO, _open_request, leads_to="operators:request"),
    Stop("operator-work", "/operator/work/", OTTO),
    Stop("operator-staff", "/operator/staff/", OTTO),
    Stop("operator-security", "/settings/profile/security/", OTTO),
    # Late: it seats somebody who waits.
    Stop("directories-empty", DIRECTORIES, FINN),
    Stop("directory-key", f"{DIRECTORIES}add/"),
    Stop("directory-key-refused", f"{DIRECTORIES}add/", press=_refused_key),
    Stop("directory-rules", DIRECTORIES, press=_change_directory, leads_to="directory_rules"),
    Stop("directory-dry-run", DIRECTORIES, press=_try_directory, leads_to="directory"),
    Stop("directory-key-replaced", DIRECTORIES, press=_replace_directory_key, leads_to="directory_key"),
    Stop("directory", DIRECTORIES, press=_run_directory, leads_to="directory"),
    Stop("directory-run", DIRECTORIES, press=_see_directory_run, leads_to="directory_run"),
    Stop("directories", DIRECTORIES),
    Stop("auditor-directories", DIRECTORIES, CLEO),
    Stop("operator-again", "/again/", OTTO),
    # Nobody is signed in.
    Stop("sign-in", "/sign-in/", ""),
    Stop("sign-in-code", "/sign-in/", "", _ask_for_code),
    Stop("sign-in-second", "/sign-in/second/", HALFWAY),
    Stop("sign-in-sso", "/sign-in/", "", _ask_for_sso),
    Stop("sign-in-passkey", "/sign-in/", "", _use_passkey),
    Stop("sign-in-trouble", "/sign-in/trouble/", ""),
    Stop("api-docs", "/api/v1/docs/", ""),
    Stop("setup-link-ended", "/setup/open/unknown/", ""),
    Stop("sign-in-link", "/sign-in/link/unknown/", ""),
    Stop("sso-denied", "/sso/northwind/login", "", _come_unassigned),
    Stop("sso-neutral", "/sso/nowhere/login", ""),
    Stop("sso-cookies", "/sso/northwind/login?convert", ""),
    Stop("not-found", "/no-such-page/", ""),
    # The demo's own pages.
    Stop("outbox", "/demo/outbox/", ""),
    Stop("outbox-mail", "/demo/outbox/", "", _open_mail),
    Stop("style", "/demo/style/", ""),
    # The practice IdP.
    Stop("practice-people", "/", "", _open_details, practice=True),
    Stop("practice-groups", "/groups", "", practice=True),
    Stop("practice-application", "/application", "", practice=True),
    Stop("practice-single-sign-on", "/single-sign-on", "", practice=True),
    Stop("practice-webhooks", "/webhooks", "", practice=True),
    Stop("practice-log", "/log", "", _open_details, practice=True),
    Stop("practice-sign-in", "/sso/northwind/login", ""),
    Stop("practice-refused", "/sso", "", practice=True),
    Stop("practice-no-logout", "/slo", "", practice=True),
)


@dataclass
class Demo:
    """The demo at work, and browsers in which people look at it."""

    url: str
    idp_url: str
    database_url: str
    state_file: Path
    chrome: Browser
    trouble: Trouble
    closing: ExitStack
    signed_in: dict[str, StorageState] = field(default_factory=dict)

    def open(self, who: str = "", width: int = 1360, height: int = 900, theme: str = "auto") -> Page:
        """Open a browser of somebody who is signed in, or of nobody, in a theme; "auto" follows the browser's."""
        context: BrowserContext = self.chrome.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", storage_state=self._state(who),
            # The practice IdP keeps no theme and follows the browser's.
            color_scheme="dark" if theme == "dark" else "light",
        )  # fmt: skip
        if theme != "auto":
            context.add_cookies([{"name": "theme", "value": theme, "url": self.url}])
        context.set_default_timeout(10_000)
        self.closing.callback(context.close)
        page = context.new_page()
        self.trouble.watch(page)
        return page

    def _state(self, who: str) -> StorageState | None:
        if who and who not in self.signed_in:
            page = self.open()
            page.goto(f"{self.url}/sign-in/")
            page.get_by_label("Work e-mail").fill(OTTO if who == HALFWAY else who)
            page.get_by_role("button", name="Continue").click()
            page.get_by_label("Code").fill(page.locator(".sg-alert code").inner_text())
            page.get_by_role("button", name="Sign in").click()
            if who == OTTO:
                page.get_by_label("Code from your app").fill(page.locator(".sg-alert code").inner_text())
                page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(self.url + {OTTO: "/operator/", HALFWAY: "/sign-in/second/"}.get(who, "/"))
            self.signed_in[who] = page.context.storage_state()
        return self.signed_in.get(who)

    def visit(self, page: Page, stop: Stop) -> None:
        """Go to a stop and do what is done there."""
        page.goto((self.idp_url if stop.practice else self.url) + stop.path)
        if stop.press is not None:
            stop.press(page)
        page.evaluate("document.fonts.ready")

    def call(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Post by SCIM with the practice directory's token; returns status and answer."""
        state = json.loads(self.state_file.read_text())
        headers = {"Authorization": f"Bearer {state['scim_token']}", "Content-Type": "application/scim+json"}
        headers["User-Agent"] = "PracticeIdP"
        request = urllib.request.Request(state["scim_url"] + path, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def push(self, *names: str) -> list[tuple[int, dict[str, Any]]]:
        """Push people of the practice directory by SCIM, as it would; returns the answers."""
        people = json.loads(self.state_file.read_text())["people"]
        by_name = {person["user_name"].partition("@")[0]: person for person in people}
        return [self.call("/Users", _user(by_name[name])) for name in names]

    def push_group(self, name: str, *member_ids: str) -> None:
        """Push a group by SCIM."""
        schema = "urn:ietf:params:scim:schemas:core:2.0:Group"
        members = [{"value": member_id} for member_id in member_ids]
        assert self.call("/Groups", {"schemas": [schema], "displayName": name, "members": members})[0] == 201


def _user(person: dict[str, str]) -> dict[str, Any]:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": person["user_name"],
        "name": {"givenName": person["given_name"], "familyName": person["family_name"]},
        "emails": [{"value": person["email"], "type": "work", "primary": True}],
        "active": True,
    }


@contextmanager
def demo(chrome: Browser, folder: Path, port: int = 0, idp_port: int = 0, database_url: str = "") -> Iterator[Demo]:
    """Start the demo on a migrated database, or on one of its own; port 0 takes a free one."""
    port, idp_port = port or servers.free_port(), idp_port or servers.free_port()
    url, idp_url = f"http://localhost:{port}", f"http://127.0.0.1:{idp_port}"
    state_file = folder / "idp.json"
    if not database_url:
        database_url = f"sqlite:///{folder / 'demo.sqlite3'}"
        servers.migrate(database_url)
    env = {"SEATGATE_DEMO": "1", "BASE_URL": url, "PRACTICE_IDP_URL": idp_url, "PRACTICE_IDP_STATE": str(state_file)}
    env |= {"SCIM_RATE_LIMIT": "0", "ACS_RATE_LIMIT": "0"}
    serve = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    serve += ["--blocking-threads", "4", "--workers-kill-timeout", "2", "--log-level", "warning"]
    with ExitStack() as closing:
        started = servers.environment(database_url, **env)
        closing.enter_context(beside(["manage.py", "practice_idp", "--port", str(idp_port)], started))
        closing.enter_context(beside([*serve, "portal.wsgi:application"], started))
        closing.enter_context(beside(["manage.py", "worker"], started))
        subprocess.run(
            [sys.executable, "manage.py", "seed_demo"], cwd=servers.ROOT, env=started, check=True, timeout=120
        )
        await_port(port)
        await_port(idp_port)
        yield Demo(url, idp_url, database_url, state_file, chrome, Trouble([], (url, idp_url)), closing)


def live(world: Demo) -> None:
    """Let something happen: other teams, people pushed, one too many, work going on, and Ben by single sign-on."""
    teams = (
        ("fresh", FINN, "enterprise"),
        ("plain", GINA, "business"),
        ("guarded", HANA, "business"),
        ("busy", JONA, "business"),
    )
    for slug, owner, plan in (*teams, ("closed", "ivo@closed.test", "business")):
        entitled = ("--entitle", "sso", "scim") if plan == "enterprise" else ()
        seats = "5" if entitled else "1"
        team = ("create_team", slug, "--name", slug.title(), "--seats", seats, "--owner", owner, "--plan", plan)
        servers.manage(world.database_url, *team, *entitled, BASE_URL=world.url)
    servers.manage(world.database_url, "delete_team", "closed", "--confirm", "closed", BASE_URL=world.url)
    answers = world.push("ben", "cleo", "dmitri", "ines", "jo", "kai", "lena", "malik")
    assert answers.pop()[0] == 403
    world.push_group("Engineers", *(answer["id"] for _, answer in answers[:4]))
    world.push_group("Finance")
    servers.manage(world.database_url, "set_seats", "northwind", "15", BASE_URL=world.url)
    page = world.open()
    page.goto(f"{world.url}/sso/northwind/login")
    page.get_by_role("button", name="Sign in as Ben Ferro").click()
    page.wait_for_url(f"{world.url}/")
    world.signed_in[BEN_BY_SSO] = page.context.storage_state()
    servers.python(world.database_url, AT_WORK, SEATGATE_DEMO="1", BASE_URL=world.url)
    gina = world.open(GINA)
    gina.goto(f"{world.url}/settings/plan/request/")
    gina.get_by_label("How many more seats").fill("5")
    gina.get_by_label("Note to your account executive").fill("Two people wait, and three begin in January.")
    gina.get_by_role("button", name="Request seats").click()
    gina.get_by_text("Waiting for an answer").wait_for()
