"""The product of the cast."""

import pytest

from portal.teams.models import Team
from tests.api import product
from tests.api.product import Product


@pytest.fixture
def app(acme: Team) -> Product:
    """A product with a key of Acme that may do everything."""
    return product.of(acme)


@pytest.fixture
def vendor(db: None) -> Product:
    """The vendor's product, with a key over all teams."""
    return product.of_operator()
