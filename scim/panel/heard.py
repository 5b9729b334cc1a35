"""What a listening wizard heard, in words: from the kept calls and the calls that were shut out."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from scim import agents, listening, verbs
from scim.models import Exchange, Knock
from scim.panel.explain import explain
from scim.panel.providers import Provider

# How many were made and whether they were removed again, in words.
Words = Callable[[int, bool], str]
QUIET = timedelta(minutes=2)
MOST_REFUSED = 5


@dataclass(frozen=True)
class Sign:
    """One thing that was heard: a check's state, and it in words."""

    state: str
    title: str
    detail: str | Promise = ""


@dataclass(frozen=True)
class Heard:
    """All that was heard, oldest first."""

    rows: list[Exchange]
    knocks: list[Knock]
    provider: Provider

    @property
    def passed(self) -> bool:
        """Say whether a call with the right token was answered well."""
        return any(row.status < 400 for row in self.rows)

    def signs(self) -> list[Sign]:
        """Tell it, what was shut out first."""
        return [*self._shut_out(), *self._reached(), *self._did(), *self._refused()]

    def _shut_out(self) -> Iterator[Sign]:
        for (kind, hint), number in Counter((knock.kind, knock.token_hint) for knock in self.knocks).items():
            times = ngettext("{n} time.", "{n} times.", number).format(n=number)
            state, title, detail = _knock(kind, hint, self.provider)
            yield Sign("warn" if self.passed else state, title, f"{detail} {times}" if number > 1 else detail)

    def _reached(self) -> Iterator[Sign]:
        row = next((row for row in self.rows if row.code != "switched_off"), None)
        if row is not None:
            who = agents.provider(row.agent) or self.provider.name
            title = capfirst(_("{who} reached us. Token correct.").format(who=who))
            yield Sign("ok", title, _("With token {hint}.").format(hint=row.token_hint))

    def _did(self) -> Iterator[Sign]:
        done = [row for row in self.rows if row.status < 400]
        counts = Counter(row.verb for row in done)
        number = counts[verbs.LOOK_UP]
        if number:
            yield Sign("ok", ngettext("{n} test user looked up.", "{n} users looked up.", number).format(n=number))
        if counts[verbs.LIST]:
            yield Sign("ok", _("People listed."))
        if counts[verbs.DISCOVERY]:
            yield Sign("ok", _("Asked what we serve."))
        yield from self._made(done, verbs.CREATE, (verbs.DELETE, verbs.DEACTIVATE), _user_words)
        yield from self._made(done, verbs.GROUP_CREATE, (verbs.GROUP_DELETE,), _group_words)

    def _made(self, done: list[Exchange], made: str, ended: tuple[str, ...], words: Words) -> Iterator[Sign]:
        created = [row for row in done if row.verb == made]
        ends = [row.path.partition("?")[0].rstrip("/") for row in done if row.verb in ended]
        gone = [row for row in created if (found := _id(row)) and any(end.endswith(found) for end in ends)]
        if gone:
            yield Sign("ok", words(len(gone), True))
        if len(created) > len(gone):
            yield Sign("ok", words(len(created) - len(gone), False))

    def _refused(self) -> Iterator[Sign]:
        refused = {(row.code, row.status, row.words): row for row in self.rows if row.status >= 400}
        for row in list(refused.values())[-MOST_REFUSED:]:
            why = explain(row)
            if row.status == 404 and row.path.partition("?")[0].endswith("/Groups"):
                yield Sign(
                    "warn", _("Asked for groups, which are switched off."), _("People are provisioned all the same.")
                )
            else:
                yield Sign("bad", f"{row.status}: {row.words}", f"{why.means} {why.there}" if why else "")


def _id(row: Exchange) -> str:
    try:
        return str(json.loads(row.answer)["id"])
    except (ValueError, KeyError, TypeError):
        # A long answer is kept cut off; its Location still ends with the id.
        return str(row.headers.get("answer", {}).get("Location", "")).rpartition("/")[2]


def _user_words(number: int, removed: bool) -> str:
    if removed:
        return ngettext("Created and removed a test user.", "Created and removed {n} test users.", number).format(
            n=number
        )
    return ngettext("Added {n} person.", "Added {n} people.", number).format(n=number)


def _group_words(number: int, removed: bool) -> str:
    if removed:
        return ngettext("Created and removed a test group.", "Created and removed {n} test groups.", number).format(
            n=number
        )
    return ngettext("Made {n} group.", "Made {n} groups.", number).format(n=number)


def _knock(kind: str, hint: str, provider: Provider) -> tuple[str, str, str]:
    paste = _("Paste the present token into “{field}” at {name}. Lost it? Rotate it.").format(
        field=provider.token, name=provider.name
    )
    if kind == listening.OLD_TOKEN:
        return "bad", _("A request came with an old token ({hint}).").format(hint=hint), paste
    if kind == listening.WRONG_TENANT:
        title = _("A request came with your token to the address of another tenant.")
        return "bad", title, _("Copy the SCIM endpoint again into “{field}”.").format(field=provider.endpoint)
    if kind == listening.NO_TOKEN:
        return "bad", _("A request came without a token."), paste
    return "bad", _("A request came with a token that is not this team’s."), paste


def nothing(opened_at: datetime, now: datetime, provider: Provider) -> Sign:
    """Say that nothing came, and after two minutes what may be wrong."""
    if now - opened_at < QUIET:
        title = _("Listening for {name}…").format(name=provider.name)
        return Sign("wait", title, _("Press “{test}” there. The result shows here at once.").format(test=provider.test))
    return Sign(
        "warn",
        _("Nothing yet after 2 min: is the address reachable from the internet?"),
        _("{name} calls from its own servers: a name that only your network knows, or a firewall, keeps it out. "
          "Look at the endpoint you pasted, too.").format(name=provider.name),
    )  # fmt: skip


def read(rows: Iterable[Exchange], knocks: Iterable[Knock], provider: Provider) -> Heard:
    """Take in what was kept since the wizard began to listen."""
    return Heard(list(rows), list(knocks), provider)
