"""The one fold behind every `*_key` column and every filter operand."""

import unicodedata
from typing import Any


def fold(text: str) -> str:
    """Return the text as case-insensitive comparison sees it: NFC, casefolded, NFC again.

    Not SQL `lower()`: on SQLite it leaves 'ÄLICE' as it is, and two people would share one userName.
    """
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold_deep(value: Any) -> Any:
    """Fold every string inside a JSON value; names of members stay as they are."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, list):
        return [fold_deep(item) for item in value]
    if isinstance(value, dict):
        return {name: fold_deep(item) for name, item in value.items()}
    return value
