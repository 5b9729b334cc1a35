"""Otto, the vendor's operator."""

import pytest
from django.test import Client

from tests import make
from tests.outbound.webhooks.conftest import receiver

__all__ = ["otto", "receiver"]


@pytest.fixture
def otto(db: None) -> Client:
    """Otto's browser: signed in by code, his second factor proved."""
    return make.at_operator_pages(Client())
