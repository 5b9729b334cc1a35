"""An API key from its making to its end: chosen, shown once, used by a product, revoked with a question."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import tour
from tests.browser.test_setup_link import clean

PAGE = "/settings/developers/"


def call(url: str, key: str, path: str) -> int:
    """Call the API as a product does; returns the status."""
    request = urllib.request.Request(f"{url}/api/v1{path}", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            json.load(answer)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        assert json.load(error)["status"] == error.code
        return error.code


@pytest.mark.browser
def test_a_key_from_its_making_to_its_end(chrome: Browser, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    with tour.demo(chrome, tmp_path) as demo:
        ada = demo.open(tour.ADA)
        ada.goto(demo.url + PAGE)

        ada.get_by_label("Name").fill("Billing")
        ada.get_by_label("Read members and groups").check()
        ada.get_by_role("button", name="Make the key").click()
        clean(ada, "key-once", pictures)
        field = ada.get_by_role("textbox", name="API key")
        key = field.input_value()
        assert key.startswith("sgk_")

        # It may do what was ticked, and nothing else.
        assert [call(demo.url, key, path) for path in ("/team", "/members", "/events")] == [200, 200, 403]

        # Whoever would leave it behind is asked first.
        ada.get_by_role("link", name="Members").click()
        ada.get_by_role("dialog").get_by_role("button", name="Back to the key").click()
        assert ada.url.startswith(demo.url + PAGE)

        # It is gone once it was copied.
        ada.get_by_role("link", name="I copied it").click()
        expect(field).to_have_count(0)
        ada.goto(demo.url + PAGE)
        assert key not in ada.content()
        clean(ada, "keys", pictures)

        ada.get_by_role("button", name="Revoke Billing").click()
        ada.get_by_role("dialog").get_by_role("button", name="Revoke now").click()
        expect(ada.get_by_text("The key has ended.")).to_be_visible()
        assert call(demo.url, key, "/team") == 401
        assert demo.trouble.seen == []
