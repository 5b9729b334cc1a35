"""Acme's identity provider, and somebody who comes from it."""

from typing import Any

import pytest
from django.test import Client

from portal.demo.idp import PracticeIdp
from portal.teams.models import Team
from tests import make
from tests.sso.sign_ins import Enter


@pytest.fixture
def idp(acme: Team) -> PracticeIdp:
    """Acme's identity provider, connected."""
    return make.connect_idp(acme)


@pytest.fixture
def enter(acme: Team, idp: PracticeIdp) -> Enter:
    """Sign somebody in to Acme from a browser of their own."""

    def enter(email: str, **said: Any) -> Any:
        return make.sso_sign_in(Client(), acme, idp, email, **said)

    return enter
