"""Numbers that are read aloud and typed: groups of four, without 0, 1, I, L, O, U."""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new(groups: int) -> str:
    """Return a fresh one, such as 7K3M-9QXP."""
    text = "".join(secrets.choice(ALPHABET) for _ in range(4 * groups))
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def new_reference() -> str:
    """Return a reference number, under which a log or a page finds what it stands for."""
    return new(2)
