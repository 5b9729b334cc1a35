"""The list of checks that a sign-in passed or failed, each with what to do: of the test page and the sign-in log.

A refusal names one check: those before it passed, those after it were not judged. Which check a code belongs to follows
from its place in `errors.SENTENCES`, whose order is that of the judging. Of a genuine message, whom it names is judged
check by check, changing nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _later

from portal.teams import policy, seats
from portal.teams.actor import Door
from portal.teams.domains import Line
from portal.teams.errors import Refusal
from portal.teams.models import Member
from portal.teams.policy import Task
from sso import attributes, identity
from sso.attributes import Found, Person
from sso.denied import AccountOff
from sso.errors import SENTENCES
from sso.models import SsoConnection

OK, BAD, WARN, OPEN = "ok", "bad", "warn", "todo"


@dataclass(frozen=True)
class Check:
    """One check: its title, what to do where it fails, and the first of the codes that mean its failure."""

    title: Any
    advice: Any
    begins: str = ""


MESSAGE: Final = {
    "readable": Check(
        _later("Readable"), _later("Send the response by HTTP-POST, as the identity provider made it."), "not_base64"
    ),
    "response": Check(
        _later("A response with one assertion"),
        _later("If the identity provider refused: assign the application to the person there."),
        "not_a_response",
    ),
    "signature": Check(
        _later("Signed as we ask"),
        _later("Set RSA-SHA256, and where we expect the signature; JumpCloud: tick “Sign Assertion”."),
        "forbidden_element",
    ),
    "encryption": Check(
        _later("Decrypted"),
        _later("Upload our SP certificate at the identity provider, or turn encryption off there."),
        "no_decryption_key",
    ),
    "certificate": Check(
        _later("The identity provider’s certificate"),
        _later("Take its metadata again: it may have changed its certificate."),
        "no_certificate",
    ),
    "issuer": Check(
        _later("Issuer"),
        _later("Make the issuer here and the IdP entity ID there the same, to the letter."),
        "wrong_version",
    ),
    "clock": Check(_later("Clocks"), _later("Set both clocks by NTP. Up to five minutes are forgiven."), "bad_time"),
    "destination": Check(
        _later("Destination"), _later("Copy our ACS URL into the identity provider again."), "wrong_destination"
    ),
    "times": Check(
        _later("Valid now"), _later("Sign in again. If it happens each time, compare the clocks."), "conditions_missing"
    ),
    "audience": Check(
        _later("Audience"),
        _later("Copy our SP entity ID into the identity provider’s audience field."),
        "audience_missing",
    ),
    "confirmation": Check(
        _later("Confirmed for now"),
        _later("Sign in again. If it happens each time, compare the clocks."),
        "no_bearer_confirmation",
    ),
    "recipient": Check(
        _later("Recipient"),
        _later("Copy our ACS URL into the identity provider’s recipient field."),
        "recipient_missing",
    ),
    "answers": Check(
        _later("Answers one request"), _later("Sign in again from the beginning."), "in_response_to_mismatch"
    ),
    "name_id": Check(
        _later("NameID"),
        _later("Let the NameID be the e-mail address, in the e-mail or persistent format."),
        "encrypted_name_id",
    ),
    "attributes": Check(_later("Attributes"), _later("Send each attribute once, in the clear."), "encrypted_attribute"),
    "once": Check(
        _later("Asked for by us, the first time"),
        _later("Sign in again from our sign-on page; use neither Back nor Reload."),
        "not_on",
    ),
}
PERSON: Final = {
    "email": Check(_later("E-mail address"), _later("Map the attribute “email” at the identity provider.")),
    "names": Check(_later("First and last name"), _later("Map “firstName” and “lastName” at the identity provider.")),
    "domain": Check(
        _later("Domain"), _later("Verify the domain under Domains, or correct the address at the identity provider.")
    ),
    "who": Check(
        _later("Who it is"),
        _later("Sign in as yourself. An owner can press “Link again” for somebody whose identity is new."),
    ),
    "account": Check(_later("Account"), _later("Give the person a seat, or lift the suspension.")),
    "seat": Check(_later("Seat"), _later("Free a seat or buy more, or let the first sign-in add people.")),
}
EVERY: Final = MESSAGE | PERSON
_ORDER: Final = list(SENTENCES)
# Raised elsewhere than where their sentence stands.
_ELSEWHERE: Final = {
    "post_malformed": "readable", "email_missing": "email", "domain_not_allowed": "domain", "several_members": "who",
    "link_needed": "who", "other_subject": "who", "not_fresh": "who", "account_off": "account",
    "no_seats_left": "seat", "assignment_locked": "seat", "unasked_refused": "once", "connection_changed": "once",
}  # fmt: skip


def failed(code: str) -> str:
    """Return the check that a refusal's code means; "" for what is no refusal of a message."""
    if code in _ELSEWHERE:
        return _ELSEWHERE[code]
    if code not in SENTENCES:
        return ""
    at = _ORDER.index(code)
    return [name for name, check in MESSAGE.items() if _ORDER.index(check.begins) <= at][-1]


def of_message(said: Mapping[str, Any], code: str = "", detail: str = "") -> list[dict[str, str]]:
    """List the checks of a message: all passed, or those before the one that the code means."""
    wrong = failed(code) if code else ""
    if code and not wrong:
        return []
    rows, state = [], OK
    for name in MESSAGE:
        if name == wrong:
            rows.append(_row(name, BAD, detail))
            state = OPEN
        elif name != "encryption" or said.get("encrypted"):
            rows.append(_row(name, state, _note(name, said) if said else ""))
    return rows


def of_person(
    connection: SsoConnection, person: Person, line: Line, found: Mapping[str, Found], member: Member | None = None
) -> list[dict[str, str]]:
    """List the checks of whom a genuine message names; changes nothing.

    `line`: the team's domains, as the message was judged by them; `member`: whom it just opened, where it did.
    """
    rows = [_email(found["email"]), _names(found), _domain(connection, person, line)]
    if member is not None:
        return [*rows, *_member(connection, member, known=True)]
    try:
        subject = identity.known(connection, person)
        member = subject.member if subject else identity.match(connection, person)
    except Refusal as refusal:
        return [*rows, _row("who", BAD, str(refusal)), _row("account", OPEN), _row("seat", OPEN)]
    return [*rows, *_member(connection, member, known=subject is not None)]


def mark(rows: list[dict[str, str]], code: str, detail: str) -> list[dict[str, str]]:
    """Let the list say what the refusal says, where the two might part."""
    wrong = failed(code)
    return [_row(wrong, BAD, detail) if row["check"] == wrong else row for row in rows]


def drawn(rows: Any) -> Iterator[dict[str, Any]]:
    """Give stored checks their titles, and words: what was found, and what to do where one failed.

    One that is no longer made is left out.
    """
    for row in rows if isinstance(rows, list) else []:
        check = EVERY.get(row.get("check", ""))
        if check is not None:
            advice = check.advice if row.get("state") in {BAD, WARN} else ""
            note = row.get("note", "")
            judged = note if note or row["state"] != OPEN else _("Not judged.")
            words = format_html('<span class="text-break">{}</span>', judged)
            yield {
                "title": check.title, "state": row["state"],
                "words": format_html("{} <b>{}</b>", words, advice) if advice else words,
            }  # fmt: skip


def _row(name: str, state: str, note: str = "") -> dict[str, str]:
    return {"check": name, "state": state, "note": note}


def _note(name: str, said: Mapping[str, Any]) -> str:
    if name == "signature":
        places = _(" and ").join(said.get("signed", []))
        return f"{places}, {said.get('algorithm', '')}" if places else ""
    if name == "clock" and said.get("clock") is not None:
        seconds = int(said["clock"])
        words = _("{n} s ahead of ours") if seconds > 0 else _("{n} s behind ours, the way here included")
        return words.format(n=abs(seconds))
    if name == "times":
        return " – ".join(filter(None, (said.get("valid_from"), said.get("valid_until"))))
    if name == "name_id":
        return " · ".join(filter(None, (said.get("name_id"), said.get("name_id_format"))))
    plain = {"confirmation": "confirmed_until", "answers": "in_response_to"}.get(name, name)
    note = said.get(plain, "")
    return note if isinstance(note, str) else ", ".join(note)


def _email(found: Found) -> dict[str, str]:
    if found.value:
        return _row("email", OK, _("{value}, from {source}").format(value=found.value, source=found.source))
    note = _("{source} holds no e-mail address").format(source=found.source) if found.source else _("None was sent.")
    return _row("email", BAD, note)


def _names(found: Mapping[str, Found]) -> dict[str, str]:
    both = [found["first_name"], found["last_name"]]
    note = " · ".join(f"{each.value} ({each.source})" for each in both if each.value)
    return _row("names", OK if all(each.value for each in both) else WARN, note or _("None was sent."))


def _domain(connection: SsoConnection, person: Person, line: Line) -> dict[str, str]:
    if not person.email:
        return _row("domain", OPEN)
    try:
        identity.check_person(connection.team, line, person)
    except Refusal as refusal:
        return _row("domain", BAD, str(refusal))
    return _row("domain", OK, "" if line.names else _("No domain is verified: every address is let in."))


def _member(connection: SsoConnection, member: Member | None, *, known: bool) -> list[dict[str, str]]:
    team = connection.team
    if member is None:
        closed, free = policy.lock(team, Door.SSO, Task.ASSIGN), seats.tally(team).free
        seat = str(closed) if closed else _("{n} free: they would get one.").format(n=free) if free else _("None free.")
        who = _row("who", OK, _("Nobody in the team yet."))
        return [who, _row("account", OPEN), _row("seat", OK if free and not closed else BAD, seat)]
    words = _("{who}, known by this NameID") if known else _("{who}, found by name or e-mail address")
    who = _row("who", OK, words.format(who=member.label))
    try:
        identity.check_open(member)
    except AccountOff:
        return [who, _row("account", BAD, _("Turned off.")), _row("seat", OPEN)]
    return [who, _row("account", OK, _("Active.")), _row("seat", OK, _("Has a seat."))]


def found_in(connection: SsoConnection, name_id: str, said: Mapping[str, Any]) -> dict[str, Found]:
    """Find e-mail and names as the connection names them."""
    return attributes.find(name_id, said, names_of(connection))


def names_of(connection: SsoConnection) -> attributes.Names:
    """Return what this connection's identity provider calls the attributes."""
    return attributes.Names(connection.email_attribute, connection.first_name_attribute, connection.last_name_attribute)
