"""What holds on every page holds on SCIM's: the strict CSP, one heading, unique ids, forms that name their team."""

import pytest
from django.test import Client

from portal.teams.models import Team
from scim import listening
from tests import make
from tests.pages.test_every_page import check
from tests.scim.idp import connect

SCIM, LOG = "/settings/security/authentication/scim/", "/log/provisioning/"
PAGES = [
    SCIM, LOG, f"{LOG}?q=nobody", f"{SCIM}people/", f"{SCIM}connect/",
    *(f"{SCIM}connect/?with=jumpcloud&step={step}" for step in range(2, 6)),
]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_scim_keeps_the_rules_off_and_on(acme: Team, browser: Client, path: str) -> None:
    make.sign_in(browser, "olga@acme.test")
    check(browser.get(path))

    idp = connect(acme)
    listening.open_for(acme, make.as_owner(acme), "jumpcloud")
    idp.make("zoe")
    idp.get("/Users/1")

    check(browser.get(path))
