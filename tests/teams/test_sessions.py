"""Browser sessions under the hash of their cookie."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.backends.base import UpdateError
from django.utils import timezone

from portal.teams.models import Entry, Session, Team
from portal.teams.sessions import SessionStore
from tests import make
from tests.teams.browsers import Browser

pytestmark = pytest.mark.django_db


def kept() -> SessionStore:
    """Keep a session that says something."""
    store = SessionStore()
    store["said"] = "hello"
    store.save()
    return store


def test_a_session_lies_under_the_hash_of_its_cookie() -> None:
    store = kept()

    row = Session.objects.get()
    assert row.key_hash == hashlib.sha256(str(store.session_key).encode()).hexdigest()
    assert str(store.session_key) not in str(Session.objects.values().get())


def test_a_session_is_read_again_by_its_cookie_and_by_nothing_else() -> None:
    store = kept()

    assert SessionStore(store.session_key)["said"] == "hello"
    assert SessionStore(Session.objects.get().key_hash).get("said") is None


@pytest.mark.parametrize("cookie", ["", "short", "x" * 32, "nul\x00" * 8, "ä" * 32])
def test_a_cookie_nobody_was_given_is_an_empty_session(cookie: str) -> None:
    store = SessionStore(cookie)

    assert store.get("said") is None
    assert store.session_key is None


def test_a_new_cookie_keeps_the_row_and_what_it_says() -> None:
    store = kept()
    old, row = store.session_key, Session.objects.get().pk

    store.cycle_key()
    store.save()

    assert store.session_key != old
    assert Session.objects.get().pk == row
    assert SessionStore(store.session_key)["said"] == "hello"
    assert SessionStore(old).get("said") is None


def test_a_new_cookie_for_a_browser_without_a_session_makes_one() -> None:
    store = SessionStore()
    store["said"] = "hello"

    store.cycle_key()

    assert SessionStore(store.session_key)["said"] == "hello"


def test_a_session_that_was_just_made_is_written_once(django_assert_num_queries: Any) -> None:
    store = SessionStore()
    store["said"] = "hello"

    with django_assert_num_queries(1):
        store.create()
        store.save()
    store["said"] = "more"
    store.save()

    assert SessionStore(store.session_key)["said"] == "more"


def test_a_deleted_session_is_not_revived_by_a_late_save() -> None:
    store = kept()
    late = SessionStore(store.session_key)
    late["said"] = "late"

    store.delete()

    with pytest.raises(UpdateError):
        late.save()
    assert not Session.objects.exists()


def test_a_session_whose_cookie_changed_is_not_revived_under_the_old_one() -> None:
    store = kept()
    late = SessionStore(store.session_key)
    late["said"] = "late"

    store.cycle_key()

    with pytest.raises(UpdateError):
        late.save()
    assert SessionStore(store.session_key)["said"] == "hello"


def test_an_expired_session_is_empty_and_swept_away() -> None:
    store = kept()

    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert SessionStore(store.session_key).get("said") is None
        SessionStore.clear_expired()

    assert not Session.objects.exists()


def test_a_flushed_session_leaves_no_row_and_no_cookie() -> None:
    store = kept()

    store.flush()

    assert store.session_key is None
    assert not Session.objects.exists()


def test_entries_outlive_the_session_they_were_made_in(acme: Team) -> None:
    browser = Browser.at_code(make.who(acme, "mia"))

    browser.leave()

    entry = Entry.every_team.get()
    assert entry.session is None
    assert entry.ended_why == "left"
