"""Takes the pictures of docs/screens: those of the README, and the main pages in both widths and themes, with an index.

With --all every page there is, uncompressed, into var/screens, to be looked at one by one.
"""

import argparse
import base64
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import tour
from tests.browser.conftest import FLAGS, chromium

ROOT = Path(__file__).resolve().parent.parent
DOCS, REVIEW = ROOT / "docs" / "screens", ROOT / "var" / "screens"
PAGES = DOCS / "pages"
# What the README shows, and the most it may weigh: it is read over slow lines too.
SHOWN = ("overview", "provisioning")
MOST_BYTES, TALLEST = 220_000, 1250
# The pages that the index shows; every page in four pictures would weigh 24 MB. Words stay sharp at this quality.
KEPT = (
    "overview", "members", "member", "members-many", "waiting", "imports", "groups", "single-sign-on",
    "sso-wizard-copy", "provisioning", "scim-wizard-copy", "scim-wizard-listen", "provisioning-log", "sign-in-log",
    "audit-log", "domains", "setup-links", "plan", "notices", "api-keys", "webhooks", "security", "auditor-members",
    "new-overview", "plain-provisioning", "operator-overview", "operator-team", "sign-in", "practice-application",
)  # fmt: skip
MOST_OF_ALL, QUALITY = 5_000_000, 40
SIZES = {1360: 900, 390: 844}
THEMES = ("light", "dark")


def for_readme(demo: tour.Demo) -> Iterator[Path]:
    """Take each page that the README shows, as one sees it on a laptop in the light theme."""
    for stop in stops(set(SHOWN)):
        page = demo.open(stop.who, 1360, SIZES[1360])
        demo.visit(page, stop)
        _fit(page, 1360, TALLEST)
        yield _keep(page.screenshot(), DOCS / f"{stop.name}.png")
        page.context.close()
    page = demo.open()
    page.goto(demo.idp_url)
    page.get_by_role("button", name="Push Ben Ferro").click()
    page.evaluate("document.fonts.ready")
    yield _keep(page.screenshot(), DOCS / "practice-idp.png")


def stops(only: set[str]) -> list[tour.Stop]:
    """The stops of the tour, or only those named."""
    return [stop for stop in tour.TOUR if not only or stop.name in only]


def of_every_page(demo: tour.Demo, only: set[str], folder: Path, kind: str) -> Iterator[Path]:
    """Take every page of the tour, or only those named, whole, in both widths and both themes, in one visit each."""
    for stop in stops(only):
        page = demo.open(stop.who)
        demo.visit(page, stop)
        for width in SIZES:
            for theme in THEMES:
                _fit(page, width, 8_000)
                # Whoever chose no theme has the browser's.
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
                yield _keep(_drawn(page, kind), folder / f"{stop.name}-{width}-{theme}.{kind}")
        page.context.close()


def _fit(page: Page, width: int, tallest: int) -> None:
    """Make the window as tall as the page: a full-page picture would draw what is fixed in the wrong place."""
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(tall, SIZES[width]), tallest)})


def _drawn(page: Page, kind: str) -> bytes:
    """Draw the window; Playwright itself knows no WebP."""
    if kind == "png":
        return page.screenshot()
    session = page.context.new_cdp_session(page)
    answer: dict[str, Any] = session.send("Page.captureScreenshot", {"format": kind, "quality": QUALITY})
    session.detach()
    return base64.b64decode(answer["data"])


def _keep(picture: bytes, file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture)
    return file


def index() -> str:
    """Write the index of the pictures that are kept."""
    lines = ["# The pages", "", "Made by `./dev screens`: the main pages, as wide as a laptop and as a phone.", ""]
    lines += ["| Page | 1360 px | 390 px |", "| --- | --- | --- |", *map(_row, KEPT)]
    return "\n".join(lines) + "\n"


def _row(name: str) -> str:
    cells = [" · ".join(f"[{theme}](pages/{name}-{width}-{theme}.webp)" for theme in THEMES) for width in SIZES]
    return f"| {name.replace('-', ' ')} | {' | '.join(cells)} |"


def for_documentation(demo: tour.Demo, only: set[str]) -> Iterator[Path]:
    """Take what docs/screens keeps, or of that only the pages named; no picture is left of a page that is no more."""
    wanted = only or set(KEPT)
    for old in PAGES.glob("*.webp"):
        if old.name.rsplit("-", 2)[0] not in KEPT:
            old.unlink()
    yield from of_every_page(demo, wanted, PAGES, "webp")
    (DOCS / "README.md").write_text(index())
    # Last: it pushes somebody once more.
    if not only:
        yield from for_readme(demo)


def take(browser: Browser, review: bool, only: set[str]) -> list[Path]:
    """Start the demo, let something happen in it, and take the pictures."""
    port, idp_port = (int(os.environ.get(name, "0")) for name in ("SEATGATE_PORT", "SEATGATE_IDP_PORT"))
    with tempfile.TemporaryDirectory() as folder, tour.demo(browser, Path(folder), port, idp_port) as demo:
        tour.live(demo)
        return list(of_every_page(demo, only, REVIEW, "png") if review else for_documentation(demo, only))


def too_heavy() -> str:
    """Say what is too heavy to be kept, if anything is."""
    heavy = [file.name for file in DOCS.glob("*.png") if file.stat().st_size > MOST_BYTES]
    if heavy:
        return f"Over {MOST_BYTES // 1000} kB: {', '.join(heavy)}"
    weight = sum(file.stat().st_size for file in PAGES.glob("*.webp"))
    return f"All pages weigh {weight // 1000} kB, over {MOST_OF_ALL // 1000}" if weight > MOST_OF_ALL else ""


def main() -> None:
    """Take what is asked for; fail where what the documentation keeps is too heavy."""
    parser = argparse.ArgumentParser(prog="./dev screens", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every page as PNG into var/screens; docs stay as they are")
    parser.add_argument("--only", default="", metavar="NAMES", help="only the stops of the tour named (a,b,c)")
    asked = parser.parse_args()
    found = chromium() or sys.exit("No Chromium here: apt-get install chromium, or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        only = set(filter(None, asked.only.split(",")))
        taken = take(playwright.chromium.launch(executable_path=found, args=FLAGS), asked.all, only)
    sys.stderr.write(f"{len(taken)} pictures in {taken[-1].parent.relative_to(ROOT)}/\n")
    if not asked.all and (trouble := too_heavy()):
        sys.exit(trouble)


if __name__ == "__main__":
    main()
