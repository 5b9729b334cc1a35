"""Addresses as people paste them: from a mail's recipients, a spreadsheet or a list, in any usual form."""

import re
from collections.abc import Iterator

from portal.imports.reading import Line

# A separator inside quotation marks is part of a name.
PIECE = re.compile(r'(?:"[^"\n]*"|[^;\n])+')
BETWEEN_COMMAS = re.compile(r'(?:"[^"\n]*"|[^,])+')
ANGLED = re.compile(r"^(?P<name>.*?)\s*<\s*(?P<address>[^<>]*?)\s*>$", re.DOTALL)
NOTHING = " \t\r,;\"'<>()[]"


def read(text: str) -> Iterator[Line]:
    """Yield one line for each address, and for each piece that holds none."""
    for number, entry in enumerate(_entries(text), 1):
        yield Line(number, _cells(entry))


def _entries(text: str) -> Iterator[str]:
    for piece in PIECE.findall(text.replace("\r\n", "\n").replace("\r", "\n")):
        # Outlook writes "Lovelace, Ada <ada@example.com>;": there a comma parts no people.
        together = piece.count("@") == 1 and "<" in piece
        for entry in [piece] if together else BETWEEN_COMMAS.findall(piece):
            yield from _apart(entry)


def _apart(entry: str) -> Iterator[str]:
    """Part addresses with nothing but blanks between them."""
    words = entry.split()
    if len(words) > 1 and all("@" in word for word in words):
        yield from words
    elif entry.strip(NOTHING):
        yield entry.strip()


def _cells(entry: str) -> dict[str, str]:
    angled = ANGLED.match(entry)
    if angled:
        name, address = angled["name"], angled["address"]
    else:
        words = entry.split()
        address = next((word for word in words if "@" in word), entry)
        name = " ".join(word for word in words if word != address) if address != entry else ""
    address = address.strip(NOTHING).removeprefix("mailto:")
    return {"email": address, **_name(name.strip(NOTHING))}


def _name(name: str) -> dict[str, str]:
    """Part a name: "Lovelace, Ada" and "Ada Lovelace" are the same."""
    if not name or "@" in name:
        return {}
    family, comma, given = (part.strip() for part in name.partition(","))
    if not comma:
        given, _blank, family = name.rpartition(" ")
        given, family = (given, family) if given else (family, "")
    return {column: part for column, part in (("given_name", given.strip()), ("family_name", family)) if part}
