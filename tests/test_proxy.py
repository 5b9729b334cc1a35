"""Addresses behind a reverse proxy."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from portal.proxy import TrustedProxies


def seen(**headers: str) -> tuple[str, bool]:
    """Return the caller's address and whether the call came by https, as a view would see them."""
    request = RequestFactory().get("/", **headers)  # type: ignore[arg-type]
    found: list[tuple[str, bool]] = []

    def view(inner: HttpRequest) -> HttpResponse:
        found.append((inner.META["REMOTE_ADDR"], inner.is_secure()))
        return HttpResponse()

    TrustedProxies(view)(request)
    return found[0]


@override_settings(TRUSTED_PROXIES=["10.0.0.5", "10.0.0.6"])
@pytest.mark.parametrize(
    ("remote", "forwarded", "address"),
    [
        ("10.0.0.5", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.5", "6.6.6.6, 203.0.113.9, 10.0.0.6", "203.0.113.9"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.5", "", "10.0.0.5"),
    ],
)
def test_only_a_trusted_proxy_tells_the_callers_address(remote: str, forwarded: str, address: str) -> None:
    assert seen(REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)[0] == address


@override_settings(TRUSTED_PROXIES=["10.0.0.5"])
def test_the_scheme_is_believed_from_a_trusted_proxy_alone() -> None:
    trusted = seen(REMOTE_ADDR="10.0.0.5", HTTP_X_FORWARDED_PROTO="https")
    stranger = seen(REMOTE_ADDR="10.9.9.9", HTTP_X_FORWARDED_PROTO="https")

    assert (trusted[1], stranger[1]) == (True, False)
