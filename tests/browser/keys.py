"""A person with a keyboard and nothing else: the focus must be seen, and goes through a page as one reads it."""

from dataclasses import dataclass, field

from playwright.sync_api import Page, expect

# More than any page has controls.
MOST = 120
LOOK = """() => {
  const here = document.activeElement;
  // Out of the page, from where one comes round to its top.
  if (!here || here === document.body) return (window.lastFocused = null);
  const style = getComputedStyle(here), box = here.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + Math.min(box.height / 2, 20);
  const top = document.elementFromPoint(x, y);
  const open = document.querySelector("dialog[open]");
  const before = window.lastFocused;
  window.lastFocused = here;
  return {
    name: (here.ariaLabel || here.labels?.[0]?.innerText || here.innerText || here.name || here.tagName).trim(),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.height > 0 && x >= 0 && x <= innerWidth && y >= 0 && y <= innerHeight,
    covered: !(top?.contains(here) || [here, ...(here.labels ?? [])].some((each) => each.contains(top))),
    // From the end one comes round to the top, whose first control is the skip link.
    forward: here.matches(".sg-skip") || !before?.isConnected ||
      Boolean(before.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_FOLLOWING),
    jumps: here.tabIndex > 0,
    outside: Boolean(open) && !open.contains(here),
  };
}"""


@dataclass
class Keys:
    """Tab, Enter, Space and Escape, with an eye on the focus at each step."""

    page: Page
    # What a person without a mouse would have met.
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Else the page still scrolls to the focus while it is looked at.
        self.page.emulate_media(reduced_motion="reduce")

    def tab(self) -> str:
        """Go one control on; returns its name, "" where the focus is out of the page."""
        self.page.keyboard.press("Tab")
        here = self.page.evaluate(LOOK)
        if here is None:
            return ""
        for fault in ("covered", "jumps", "outside"):
            self.seen += [f"{fault}: {here['name']!r} on {self.page.url}"] if here[fault] else []
        for virtue in ("ring", "seen", "forward"):
            self.seen += [] if here[virtue] else [f"not {virtue}: {here['name']!r} on {self.page.url}"]
        return str(here["name"])

    def reach(self, name: str) -> None:
        """Press Tab until the control of this name has the focus."""
        # Each page is begun at its top, and a dialog at its first control.
        self.page.evaluate("window.lastFocused = null")
        met = []
        for _ in range(MOST):
            met.append(self.tab())
            if name in met[-1]:
                return
        raise AssertionError(f"no Tab leads to {name}, only to {met}")

    def press(self, name: str, key: str = "Enter") -> None:
        """Reach a control by Tab, and press it."""
        self.reach(name)
        self.page.keyboard.press(key)

    def skip(self) -> None:
        """Take the skip link, the first of a page: the next Tab is inside the content."""
        self.page.evaluate("document.activeElement.blur()")
        assert self.tab() == "Skip to content"
        self.page.keyboard.press("Enter")
        self.tab()
        assert self.page.evaluate("document.querySelector('main').contains(document.activeElement)")

    def look_into_dialog(self, opener: str) -> None:
        """Open a dialog, go once around in it, and leave it by Escape: the focus never leaves it, and comes back."""
        self.press(opener)
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        assert self.page.evaluate("document.querySelector('dialog[open]').contains(document.activeElement)")
        self.page.evaluate("window.lastFocused = null")
        # Twice what the dialog holds; from its last control one Tab leads into the browser's own bar.
        for _ in range(2 * dialog.locator("a, button, input, select, textarea").count() + 2):
            self.page.keyboard.press("Tab")
            assert self.page.evaluate(
                "document.activeElement === document.body || Boolean(document.activeElement.closest('dialog[open]'))"
            )
        self.page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        assert opener in self.page.evaluate("document.activeElement.innerText")
