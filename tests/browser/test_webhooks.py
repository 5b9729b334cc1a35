"""A webhook from its first day to its last: added, heard, failing, sent again, rotated, paused, removed."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import tour
from tests.browser.test_setup_link import clean
from tests.outbound.webhooks.receiver import Receiver, listening, until


def dialog(page: Page, opener: str, confirm: str) -> None:
    """Press a button that asks first, and confirm."""
    page.get_by_role("button", name=opener, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=confirm, exact=True).click()


def row(page: Page, kind: str, result: str) -> None:
    """Wait until a delivery shows so, without loading the page anew."""
    found = page.locator("#deliveries tbody tr", has_text=kind).filter(has_text=result)
    expect(found.first).to_be_visible(timeout=20_000)


def secret_shown(page: Page, receiver: Receiver) -> None:
    """Copy the secret that is shown once."""
    receiver.secrets.append(page.get_by_role("textbox", name="Signing secret").input_value())
    page.get_by_role("link", name="I copied it").click()
    expect(page.get_by_role("textbox", name="Signing secret")).to_have_count(0)


@pytest.mark.browser
def test_a_webhook_from_its_first_day_to_its_last(chrome: Browser, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    with tour.demo(chrome, tmp_path) as demo, listening(None, "127.0.0.1") as receiver:
        ada = demo.open(tour.ADA)
        ada.goto(demo.url + tour.WEBHOOKS)

        # Added: the secret is shown once, and the first message is the news of it.
        ada.get_by_label("Name").fill("Billing")
        ada.get_by_label("Address").fill(receiver.url())
        ada.get_by_role("button", name="Add it").click()
        clean(ada, "secret", pictures)
        secret_shown(ada, receiver)
        row(ada, "webhook.added", "204")
        assert [got.id.startswith("evt_") for got in receiver.got] == [True]

        # A test fails, is read, and is sent again under its id.
        receiver.fails(500)
        ada.get_by_role("button", name="Send a test").click()
        row(ada, "webhook.test", "Answered 500.")
        clean(ada, "failed", pictures)
        ada.get_by_role("link", name="webhook.test", exact=True).click()
        clean(ada, "delivery", pictures)
        dialog(ada, "Send again", "Send again")
        until(lambda: [got.message["type"] for got in receiver.got].count("webhook.test") == 2)
        assert len({got.id for got in receiver.got if got.message["type"] == "webhook.test"}) == 1

        # Rotated: both secrets sign.
        ada.get_by_role("link", name="Billing").click()
        dialog(ada, "Rotate", "Make a new secret")
        secret_shown(ada, receiver)
        expect(ada.get_by_text("Two sign", exact=True)).to_be_visible()
        row(ada, "webhook.secret_rotated", "204")
        assert receiver.got[-1].verified == 2

        # Paused: what happens waits, and comes when it is resumed.
        dialog(ada, "Pause", "Pause")
        clean(ada, "paused", pictures)
        ada.get_by_role("button", name="Resume").click()
        expect(ada.get_by_role("dialog").get_by_text("1 event waits and is sent first, in order.")).to_be_visible()
        ada.get_by_role("dialog").get_by_role("button", name="Resume").click()
        row(ada, "webhook.resumed", "204")

        dialog(ada, "Remove this webhook", "Remove")
        expect(ada.get_by_text("No webhook yet")).to_be_visible()
        assert receiver.kinds()[-2:] == ["webhook.paused", "webhook.resumed"]
        # The first may have come before the secret was copied.
        assert {got.verified > 0 for got in receiver.got[1:]} == {True}
        assert demo.trouble.seen == []
