"""Secrets at rest."""

import base64
import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from pytest_django import Settings

from portal.teams.models import Letter
from portal.teams.sealed import seal, unseal

pytestmark = pytest.mark.django_db


def key(name: str) -> str:
    """Make a key as ENCRYPTION_KEYS lists it."""
    return f"{name}:{base64.b64encode(os.urandom(32)).decode()}"


def letter(words: str = "the code is 1234") -> Letter:
    """Keep a letter, the smallest row with a sealed column."""
    made = Letter(kind="code", to="mia@acme.test", words=words, due_at=timezone.now())
    made.save(force_insert=True)
    return made


def stored(row: Letter) -> str:
    """Return the column as it lies in the database."""
    return str(Letter.objects.filter(pk=row.pk).extra(select={"raw": "words"}).values_list("raw", flat=True)[0])


def put(row: Letter, raw: str) -> Letter:
    """Write a column past the sealing, and read the row anew."""
    Letter.objects.filter(pk=row.pk).update(words=raw)
    return Letter.objects.get(pk=row.pk)


def test_what_is_written_is_read_again_and_lies_sealed() -> None:
    row = letter()

    assert Letter.objects.get(pk=row.pk).words == "the code is 1234"
    assert "1234" not in stored(row)


def test_the_same_words_are_sealed_differently_each_time() -> None:
    assert stored(letter()) != stored(letter())


def test_a_value_moved_from_another_row_is_refused() -> None:
    mine, other = letter("mine"), letter("other")

    moved = put(mine, stored(other))

    with pytest.raises(ValueError, match="altered, or moved from another row"):
        _ = moved.words


@pytest.mark.parametrize("place", [0, 20, -1])
def test_an_altered_value_is_refused(place: int) -> None:
    row = letter()
    name, _, encoded = stored(row).partition(":")
    raw = bytearray(base64.b64decode(encoded))
    raw[place] ^= 1

    altered = put(row, f"{name}:{base64.b64encode(raw).decode()}")

    with pytest.raises(ValueError, match="altered"):
        _ = altered.words


@pytest.mark.parametrize("raw", ["plain words", "derived:", "derived:!!", "derived:AAAA"])
def test_a_value_that_was_never_sealed_is_refused(raw: str) -> None:
    row = put(letter(), raw)

    with pytest.raises(ValueError, match=r".+"):
        _ = row.words


def test_an_empty_value_stays_empty() -> None:
    row = letter("")

    assert stored(row) == ""
    assert Letter.objects.get(pk=row.pk).words == ""


def test_an_older_key_still_reads_and_the_newest_one_writes(settings: Settings) -> None:
    old, new = key("old"), key("new")
    settings.ENCRYPTION_KEYS = [old]
    row = letter()

    settings.ENCRYPTION_KEYS = [new, old]

    read = Letter.objects.get(pk=row.pk)
    assert read.words == "the code is 1234"
    read.save()
    assert stored(row).startswith("new:")


def test_a_key_taken_away_reads_nothing(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [key("old")]
    row = letter()

    settings.ENCRYPTION_KEYS = [key("new")]

    with pytest.raises(ValueError, match="no key 'old'"):
        _ = Letter.objects.get(pk=row.pk).words


def test_another_key_under_the_same_name_reads_nothing(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [key("one")]
    sealed = seal("words", "a.b.c")

    settings.ENCRYPTION_KEYS = [key("one")]

    with pytest.raises(ValueError, match="altered"):
        unseal(sealed, "a.b.c")


@pytest.mark.parametrize("entry", ["", "short:AAAA", ":" + "A" * 44, "id:not base64", "no-colon"])
def test_a_key_that_is_none_stops_the_start(settings: Settings, entry: str) -> None:
    settings.ENCRYPTION_KEYS = [entry]

    with pytest.raises(ImproperlyConfigured, match="32 random bytes"):
        seal("words", "a.b.c")


def test_saving_a_row_that_was_read_keeps_its_words() -> None:
    row = letter()
    read = Letter.objects.get(pk=row.pk)

    read.attempts = 1
    read.save()

    assert Letter.objects.get(pk=row.pk).words == "the code is 1234"
