"""A receiver that we trust and may call, and an endpoint of Acme's that leads to it."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.outbound import http
from portal.outbound.webhooks import endpoints
from portal.outbound.webhooks.models import Endpoint
from portal.teams.models import Team
from tests import make
from tests.outbound.webhooks.receiver import HOST, Receiver, listening


@pytest.fixture
def receiver(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Its name leads to it, its certificate is trusted, and the operator lets the name be called."""
    with listening(tmp_path) as started:
        settings.OUTBOUND_ALLOW = [HOST]
        monkeypatch.setattr(http, "look_up", lambda host, port: ["127.0.0.1"])
        monkeypatch.setattr(http, "trust", lambda: ssl.create_default_context(cafile=str(started.pem)))
        yield started


@pytest.fixture
def endpoint(acme: Team, receiver: Receiver) -> Endpoint:
    """An endpoint of Acme's that leads to the receiver and gets everything."""
    made = endpoints.add(acme, make.as_owner(acme), "Product", receiver.url())
    receiver.secrets = [made.secret]
    return made
