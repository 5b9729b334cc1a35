"""Otto, the vendor's operator."""

import pytest
from django.test import Client

from tests import make


@pytest.fixture
def otto(db: None) -> Client:
    """Otto's browser: signed in by code, his second factor proved."""
    return make.at_operator_pages(Client())
