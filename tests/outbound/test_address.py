"""Where we go and where we never go, in every spelling of an address."""

from typing import Any

import pytest
from django.test import override_settings

from portal.outbound import address

HOUSE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
    "169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "192.88.99.1", "198.18.0.1", "192.0.2.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::a9fe:a9fe",
    "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "100::1",
    # IPv4 inside IPv6: mapped, compatible, 6to4, NAT64 (well-known and local).
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "::10.0.0.1", "2002:7f00:1::1",
    "2002:a00:1::", "2002:a9fe:a9fe::1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808",
    "64:ff9b::168.63.129.16", "::ffff:168.63.129.16",
]  # fmt: skip
OPEN = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]
UNREADABLE = [
    "", "idp.example.com", "ftp://idp.example.com/", "file:///etc/passwd", "javascript:alert(1)", "https://",
    "https:///x", "https://u:p@idp.example.com/", "https://idp.example.com:99999/", "https://idp.example.com:0/",
    "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
    "https://1.2.3.4.5/", "https://idp.example.com\\@evil.example/", "https://idp.example.com/a b",
    "https://idp.example.com/\r\nHost: evil", "https://[::1", "https://-x-.example/", "https://a..b/", "https://é\x00/",
    "https://" + "a" * 3000 + ".com/", "https://" + "a" * 64 + ".com/",
]  # fmt: skip


def lead(url: str, *addresses: str) -> Any:
    return address.require_open(address.read(url), addresses)


@pytest.mark.parametrize("private", HOUSE)
def test_no_address_inside_the_house_is_gone_to(private: str) -> None:
    with pytest.raises(address.NotAllowed, match="private network"):
        lead("https://idp.example.com/", private)


@pytest.mark.parametrize("private", ["127.0.0.1", "10.1.2.3", "::1", "fe80::1"])
def test_one_private_address_among_public_ones_closes_the_host(private: str) -> None:
    with pytest.raises(address.NotAllowed):
        lead("https://idp.example.com/", "8.8.8.8", private)


@pytest.mark.parametrize("public", OPEN)
def test_a_public_address_is_gone_to(public: str) -> None:
    assert lead("https://idp.example.com/", public)


@pytest.mark.parametrize("url", UNREADABLE)
def test_what_is_no_web_address_is_refused_in_words(url: str) -> None:
    with pytest.raises(address.NotAllowed) as refused:
        address.read(url)

    assert str(refused.value).endswith(".")


def test_plain_http_is_refused() -> None:
    with pytest.raises(address.NotAllowed, match="must start with https"):
        lead("http://idp.example.com/", "8.8.8.8")


def test_the_demo_may_call_itself_and_nothing_else_without_tls() -> None:
    with override_settings(DEMO=True):
        assert lead("http://127.0.0.1:8001/metadata", "127.0.0.1")
        with pytest.raises(address.NotAllowed):
            lead("http://idp.example.com/", "8.8.8.8")
        with pytest.raises(address.NotAllowed):
            lead("http://idp.example.com/", "10.0.0.1")


@override_settings(OUTBOUND_ALLOW=["idp.house.example", "10.20.0.0/16", "fd00::7"])
@pytest.mark.parametrize(
    ("host", "at", "goes"),
    [
        ("idp.house.example", "192.168.1.1", True),
        ("IDP.House.Example.", "192.168.1.1", True),
        ("evil.idp.house.example", "192.168.1.1", False),
        ("other.example", "10.20.3.4", True),
        ("other.example", "10.21.3.4", False),
        ("other.example", "fd00::7", True),
    ],
)
def test_the_operator_names_what_is_open_all_the_same(host: str, at: str, goes: bool) -> None:
    try:
        lead(f"https://{host}/", at)
    except address.NotAllowed:
        assert not goes
    else:
        assert goes


def test_a_name_in_another_script_is_looked_up_by_its_ascii_form() -> None:
    place = address.read("https://bücher.example/ä?q=ü#part")

    assert (place.host, place.target) == ("xn--bcher-kva.example", "/%C3%A4?q=%C3%BC")
