"""Ten thousand people from a file, as an admin brings them in: looked over, begun, watched to the end."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import World

PEOPLE, SEATS = 10_000, 9_991
# A real worker on a machine that does other things too.
LONG = 180_000


@pytest.mark.browser
@pytest.mark.timeout(600)
def test_ten_thousand_people_are_imported_from_a_file(world: World, tmp_path: Path) -> None:
    portal, file = world.portal, tmp_path / "everybody.csv"
    portal.manage("create_team", "acme", "--name", "Acme", "--seats", str(SEATS), "--owner", "ada@acme.test")
    people = (f"Given{n};Family{n};p{n}@acme.test" for n in range(PEOPLE))
    file.write_text("\r\n".join(["Vorname;Nachname;E-Mail", *people]), encoding="utf-16")
    ada = world.open()
    ada.set_default_timeout(30_000)
    world.sign_in(ada, "ada@acme.test")
    ada.goto(f"{portal.url}/members/")

    ada.get_by_role("link", name="Import CSV").first.click()
    ada.get_by_label("CSV file").set_input_files(file)
    ada.get_by_role("button", name="Look it over").click()
    expect(ada.get_by_role("heading", name="Nothing is written yet")).to_be_visible(timeout=LONG)
    expect(ada.get_by_text("9990 seats are free, 10000 people need one: 10 would not get a seat.")).to_be_visible()
    ada.get_by_label("Mail everybody who gets a seat").uncheck()
    ada.get_by_role("button", name="Import 9990 people").click()
    # The progress is fetched anew, and the page with it when the work has ended.
    expect(ada.get_by_text("of 10000 rows").first).to_be_visible()
    expect(ada.get_by_role("heading", name="What came of it")).to_be_visible(timeout=LONG)

    expect(ada.get_by_text("9990 people added")).to_be_visible()
    with ada.expect_download() as download:
        ada.get_by_role("link", name="Download refused (10)").click()
    assert len(Path(download.value.path()).read_text().splitlines()) == 11
    ada.goto(f"{portal.url}/members/waiting/")
    expect(ada.get_by_text("p9999@acme.test")).to_be_visible()
