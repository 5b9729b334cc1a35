"""JumpCloud's own API, as far as an import needs it: groups, their effective members, and the users (v2 and v1).

The key has all rights of the admin it belongs to, so it goes to JumpCloud's two hosts and nowhere else. Of a user five
things are asked for and kept; one request is in flight at a time.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.outbound import http
from portal.outbound.directory import (
    MOST_GROUPS,
    MOST_PEOPLE,
    Access,
    Group,
    GroupGone,
    KeyRefused,
    Listing,
    Person,
    Provider,
    Unavailable,
)

HOSTS: Final = {"us": "https://console.jumpcloud.com", "eu": "https://console.eu.jumpcloud.com"}
REGIONS: Final[dict[str, str | Promise]] = {
    "us": gettext_lazy("console.jumpcloud.com (United States)"),
    "eu": gettext_lazy("console.eu.jumpcloud.com (Europe)"),
}
# The largest page that JumpCloud gives.
PAGE: Final = 100
FIELDS: Final = "_id username email firstname lastname displayname activated suspended state"
# Ids are 24 hexadecimal digits; whatever else stands there goes into no path.
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}\Z")
# A busy JumpCloud is waited for within the request's turn so long, and so often for one page.
LONGEST_WAIT, MOST_WAITS = 60, 5


def regions() -> dict[str, str | Promise]:
    """JumpCloud's regions; in the demo the practice directory of this machine too."""
    return {**REGIONS, "practice": _("Practice directory (this machine)")} if settings.DEMO else REGIONS


class JumpCloud:
    """One organisation at JumpCloud, opened with an admin's API key."""

    def __init__(self, access: Access, pause: Callable[[int], None]) -> None:
        practice = {"practice": settings.PRACTICE_IDP_URL} if settings.DEMO else {}
        self.base = (HOSTS | practice).get(access.region, "")
        if not self.base:
            # A demo's database, looked at outside the demo.
            raise KeyRefused(_("There is no JumpCloud called {name} here.").format(name=access.region))
        self.headers = {"x-api-key": access.key, "Accept": "application/json", "Content-Type": "application/json"}
        if access.organisation:
            self.headers["x-org-id"] = access.organisation
        self.pause = pause
        self.total = ""

    def groups(self) -> list[Group]:
        """List the groups of users by name."""
        found = []
        for each in self._pages("/api/v2/usergroups", MOST_GROUPS, sort="name"):
            if each.get("type", "user_group") == "user_group":
                found.append(Group(_text(each, "id"), _text(each, "name") or _text(each, "id")))
        return found

    def people(self, group_ids: Collection[str], known: Collection[str]) -> Listing:
        """List who is in any of these groups, nested and dynamic ones included, and may sign in at JumpCloud."""
        there = {group.id for group in self.groups()}
        if gone := [each for each in group_ids if each not in there]:
            raise _gone(gone[0])
        ids = self._members(group_ids)
        if any(each not in ids for each in known):
            # Pages are counted by offset: whoever is taken out meanwhile moves somebody else over a page's edge.
            ids |= self._members(group_ids)
        return self._join(ids)

    def _members(self, group_ids: Collection[str]) -> dict[str, None]:
        found: dict[str, None] = {}
        for group_id in group_ids:
            # `membership`, not `members`: the latter names direct edges only.
            for each in self._pages(f"/api/v2/usergroups/{_id(group_id)}/membership", MOST_PEOPLE, group_id):
                if each.get("type", "user") == "user":
                    found[_id(_text(each, "id"))] = None
        return found

    def _join(self, ids: dict[str, None]) -> Listing:
        """Join members and users; whoever the pages do not name is asked for by id."""
        users = {}
        if len(ids) > PAGE:
            pages = self._pages("/api/systemusers", MOST_PEOPLE, sort="_id", fields=FIELDS)
            users = {_text(each, "_id") or _text(each, "id"): each for each in pages}
        listing = Listing()
        for user_id in ids:
            user = users.get(user_id) or self._user(user_id)
            if user is None or not _may_work(user):
                listing.skipped += 1
            else:
                listing.people.append(_person(user_id, user))
        return listing

    def _user(self, user_id: str) -> dict[str, Any] | None:
        found = self._ask(f"/api/systemusers/{_id(user_id)}", fields=FIELDS)
        # Only a 404 says that somebody is gone; whatever else is no answer.
        if found is not None and not (isinstance(found, dict) and user_id in (found.get("_id"), found.get("id"))):
            raise _unreadable()
        return found

    def _pages(self, path: str, most: int, group_id: str = "", /, **query: str) -> Iterator[dict[str, Any]]:
        """Read page after page until one is shorter than it may be."""
        skip = 0
        while True:
            page = self._ask(path, limit=str(PAGE), skip=str(skip), **query)
            if page is None:
                raise _gone(group_id) if group_id else Unavailable(_("JumpCloud answered {status}.").format(status=404))
            rows = page.get("results") if isinstance(page, dict) else page
            if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
                raise _unreadable()
            yield from rows
            skip += len(rows)
            if len(rows) < PAGE:
                if skip < self._total(page):
                    raise _unreadable()
                return
            if skip >= most:
                raise Unavailable(_("JumpCloud lists more than {n}: choose smaller groups.").format(n=most))

    def _total(self, page: Any) -> int:
        """How many there are in all, where JumpCloud says so: a page that is cut short is not the last one."""
        told = str(page.get("totalCount") if isinstance(page, dict) else self.total)
        return int(told) if told.isascii() and told.isdecimal() else 0

    def _ask(self, path: str, **query: str) -> Any:
        """Ask for one page or user; None where JumpCloud knows no such thing."""
        url = f"{self.base}{path}?{urlencode(query)}"
        for _turn in range(MOST_WAITS):
            self.pause(0)
            try:
                answer = http.send("GET", url, headers=self.headers)
            except http.Unreached as trouble:
                raise Unavailable(str(trouble)) from None
            if answer.status != 429:
                self.total = answer.headers.get("x-total-count", "")
                return _read(answer)
            seconds = _seconds(answer.headers.get("retry-after", ""))
            if seconds > LONGEST_WAIT:
                break
            self.pause(seconds)
        raise Unavailable(_("JumpCloud is busy and asked us to wait (429)."), seconds)


def _read(answer: http.Answer) -> Any:
    if answer.status in (401, 403):
        raise KeyRefused(_("Key refused by JumpCloud ({status}).").format(status=answer.status))
    if answer.status == 404:
        return None
    if answer.status == 400:
        raise KeyRefused(_("JumpCloud refused the request (400). Check the organisation id."))
    if answer.status != 200:
        raise Unavailable(_("JumpCloud answered {status}.").format(status=answer.status))
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        raise _unreadable() from None


def _unreadable() -> Unavailable:
    return Unavailable(_("JumpCloud answered something we cannot read."))


def _gone(group_id: str) -> GroupGone:
    return GroupGone(_("JumpCloud no longer has a group that was chosen ({id}).").format(id=group_id), group_id)


def _seconds(text: str) -> int:
    """Read Retry-After; a date, or nothing, is a minute."""
    return min(int(text), 86_400) if text.isascii() and text.isdigit() else LONGEST_WAIT


def _id(text: str) -> str:
    if not _ID.match(text):
        raise _unreadable()
    return quote(text, safe="")


def _text(row: dict[str, Any], name: str) -> str:
    """Read one value as a line of text; no database keeps a NUL, or half of a pair of surrogates."""
    value = row.get(name)
    if not isinstance(value, str):
        return ""
    return " ".join(value.replace("\x00", "").encode("utf-8", "ignore").decode().split())[:320]


def _may_work(user: dict[str, Any]) -> bool:
    state = _text(user, "state").upper()
    if not isinstance(user.get("activated"), bool):
        raise _unreadable()
    return user.get("activated") is True and user.get("suspended") is not True and state in ("", "ACTIVATED")


def _person(user_id: str, user: dict[str, Any]) -> Person:
    names = [_text(user, name)[:255] for name in ("firstname", "lastname", "displayname")]
    return Person(user_id, _text(user, "email"), *names)


PROVIDER = Provider("jumpcloud", "JumpCloud", regions, JumpCloud)
