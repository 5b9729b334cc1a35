"""The one fold behind every `*_key` column and filter operand, and the finer one that says whose an address is."""

import unicodedata
from typing import Any

import idna

LONGEST_DOMAIN = 253


def fold(text: str) -> str:
    """Return the text as case-insensitive comparison sees it: NFC, casefolded, NFC again.

    Not SQL `lower()`: on SQLite it leaves 'ÄLICE' as it is, and two people would share one userName.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold_address(address: str) -> str:
    """Return an e-mail address as its mailbox is told from every other: only what is one mailbox has one key.

    Casefolding is for reading: it takes straße.de and strasse.de, two domains, for one, and ſ for s in a name before
    the @, which another person may have.
    """
    name, at, host = address.strip().rpartition("@")
    if not at:
        return _in_small_letters(host)
    return f"{_in_small_letters(name)}@{domain_in_ascii(host) or _in_small_letters(host)}"


def domain_in_ascii(host: str) -> str:
    """Fold a domain by IDNA 2008, its ASCII form; ASCII is as DNS sees it, `_` and all; empty where it is no domain."""
    if len(host) > LONGEST_DOMAIN:
        return ""
    if host.isascii():
        host = host.rstrip(".").lower()
        return host if all(1 <= len(label) <= 63 for label in host.split(".")) else ""
    try:
        return idna.encode(host, uts46=True).decode().rstrip(".")
    except idna.IDNAError:
        return ""


def _in_small_letters(text: str) -> str:
    """Lower only what has one capital and is its one small letter, and leave every other sign as it is."""
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFC", text)
    lowered = "".join(char.lower() if char.lower().upper() == char else char for char in composed)
    return unicodedata.normalize("NFC", lowered)


def fold_deep(value: Any) -> Any:
    """Fold every string inside a JSON value; names of members stay as they are."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, list):
        return [fold_deep(item) for item in value]
    if isinstance(value, dict):
        return {name: fold_deep(item) for name, item in value.items()}
    return value
