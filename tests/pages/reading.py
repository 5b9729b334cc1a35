"""What a person reads on a page: its words, its controls, and why a control is closed."""

from typing import Any

from lxml import etree, html

from portal.teams.models import Member


def page(response: Any) -> Any:
    """Read an answer as a document; where a long word may break is no end of it."""
    # The part of a page that is fetched anew names no encoding of its own.
    drawn = html.document_fromstring(response.content.decode())
    etree.strip_tags(drawn, "wbr")
    return drawn


def words(response: Any) -> str:
    """All words of the page's main part, with single spaces."""
    return " ".join(page(response).xpath("//main")[0].text_content().split())


def actions(response: Any) -> list[str]:
    """Where the forms of the main part are sent."""
    return list(page(response).xpath("//main//form[@method='post']/@action"))


def field(response: Any, name: str) -> str:
    """What a field of the main part holds."""
    return str(page(response).xpath(f"//main//input[@name='{name}']/@value")[0])


def closed(response: Any, word: str) -> str:
    """Why the first closed control of this word is closed; fails where none is closed."""
    drawn = page(response)
    control = drawn.xpath(f"//main//button[@disabled][normalize-space()='{word}']")[0]
    return " ".join(drawn.xpath(f"//*[@id='{control.get('aria-describedby')}']")[0].text_content().split())


def act(member: Member, verb: str) -> str:
    """Where the form of an act on this member is sent."""
    return f"/members/{member.pk}/{verb}/"
