"""The identity providers of the cast."""

import pytest

from portal.teams.models import Team
from tests.scim.idp import Idp, connect


@pytest.fixture
def idp(acme: Team) -> Idp:
    """Acme's identity provider; Olga, Adam and Mia were added by hand before it came, 7 of 10 seats are free."""
    return connect(acme)


@pytest.fixture
def stranger(globex: Team) -> Idp:
    """Globex's identity provider."""
    return connect(globex)
