"""An application at work, and a directory connected to it."""

from collections.abc import Iterator

import pytest

from portal.demo.state import State, demo_state
from tests.demo.application import Application, serving


@pytest.fixture
def application() -> Iterator[Application]:
    """An application that takes everything."""
    with serving() as started:
        yield started


@pytest.fixture
def state(application: Application) -> State:
    """The demo's directory, connected to the application."""
    connected = demo_state()
    connected.scim_url, connected.scim_token = application.url, "sgs_0123456789"
    return connected
