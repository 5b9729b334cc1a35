"""Every mail the portal posts: text and HTML say the same, with one button, and hold nothing a stranger could use."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import engines
from lxml import html

from portal.outbound import mail
from portal.teams.models import Letter
from tests import blueprint

# What each kind's callers say, as an example. Values hold what must be escaped.
TEAM = "Acme <&> Sons"
WORDS: dict[str, dict[str, Any]] = {
    "break_glass": {"team": TEAM, "who": "Olga", "reason": "IdP down"},
    "certificate_ends": {
        "team": TEAM,
        "label": "Our own certificate",
        "days": 7,
        "day": "2 Dec 2026",
        "fingerprint": "AB:CD",
        "reference": "7K3M-9QXP",
    },
    "code": {"code": "ABCD-1234", "minutes": 10, "enforced": [{"name": TEAM, "slug": "acme"}]},
    "domain_lapsed": {
        "team": TEAM,
        "domain": "acme.test",
        "record": "_seatgate-challenge.acme.test",
        "reference": "7K3M-9QXP",
    },
    "domain_missing": {
        "team": TEAM,
        "domain": "acme.test",
        "record": "_seatgate-challenge.acme.test",
        "until": "2 Dec 2026",
        "reference": "7K3M-9QXP",
    },
    "draft_proposed": {"team": TEAM, "link": "Ben <IT> (setup link)", "what": "Single sign-on"},
    "notice": {
        "team": TEAM,
        "title": "No seats are <left>.",
        "words": "All 3 seats are in use.",
        "url": "plan",
        "act": "Plan & seats",
        "reference": "7K3M-9QXP",
    },
    "owner_held": {"team": TEAM, "who": "Olga", "reference": "7K3M-9QXP"},
    "owner_set": {"team": TEAM, "who": "Adam", "reason": "Olga left"},
    "rescue_code_used": {"team": TEAM, "who": "Olga", "left": 9, "reference": "7K3M-9QXP"},
    "rescue_codes_made": {"team": TEAM, "who": "Olga"},
    "seated": {"team": TEAM, "slug": "acme", "by": "Olga"},
    "seats_answered": {
        "team": TEAM,
        "more": 5,
        "granted": 3,
        "words": "as <agreed>",
        "assigned": 10,
        "bought": 13,
        "free": 3,
        "waiting": 2,
        "reference": "7K3M-9QXP",
    },
    "seats_requested": {
        "team": TEAM,
        "slug": "acme",
        "request": "0192f7a0-0000-7000-8000-000000000000",
        "more": 5,
        "note": "We <grow>",
        "who": "Olga",
        "assigned": 10,
        "bought": 10,
        "waiting": 2,
    },
    "second_factor_changed": {"words": "An authenticator app was added.", "reason": "lost <phone>"},
    "sign_in_email_changed": {"team": TEAM, "after": "new@acme.test"},
    "sign_in_link": {"reason": "lost <mail>"},
    "sso_certificates": {"team": TEAM, "by": "Olga"},
    "sso_relaxed": {"team": TEAM, "by": "Olga", "reason": "IdP down"},
    "subject_relinked": {"team": TEAM, "before": "old", "after": "new"},
    "team_closed": {"team": TEAM},
    "webhook_stopped": {
        "team": TEAM,
        "webhook": "Billing <&>",
        "host": "hooks.acme.test",
        "why": "It took nothing for three days.",
        "reference": "7K3M-9QXP",
    },
}
MAIL = Path(__file__).resolve().parent.parent.parent / "templates" / "mail"
# What only code gives, and an address is made of.
NO_TEXT = ("slug", "request")
every_kind = pytest.mark.parametrize("kind", WORDS)


def posted() -> Iterator[tuple[str, set[str]]]:
    """List each mail that the project's code posts, with the names of the words it gives."""
    for source in blueprint.read():
        for function in source.functions:
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            posts = [call for call in calls if blueprint.dotted(call.func) in ("post", "post_all")]
            for call in posts:
                if isinstance(call.args[0], ast.Constant):
                    yield str(call.args[0].value), _words(call, _dicts(function))


def _dicts(function: ast.AST) -> dict[str, set[str]]:
    """Name the keys of each dict that a function keeps in a variable."""
    kept = [node for node in ast.walk(function) if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)]
    return {blueprint.dotted(node.target): {key.value for key in node.value.keys} for node in kept}  # type: ignore[union-attr]


def _words(call: ast.Call, dicts: dict[str, set[str]]) -> set[str]:
    spread = [dicts[word.value.id] for word in call.keywords if word.arg is None and isinstance(word.value, ast.Name)]
    return {word.arg for word in call.keywords if word.arg}.union(*spread) - {"due_at"}


def letter(kind: str, **changes: Any) -> EmailMultiAlternatives:
    """Compose an example of a kind."""
    return mail.compose(Letter(kind=kind, to="mia@acme.test", words=json.dumps(WORDS[kind] | changes)))


def drawn(composed: EmailMultiAlternatives) -> Any:
    """Read the HTML part."""
    return html.document_fromstring(str(composed.alternatives[0][0]))


def one_line(text: str) -> str:
    """Fold every white space into single ones."""
    return " ".join(text.split())


def test_every_mail_that_is_posted_is_an_example_here_with_its_words() -> None:
    found = list(posted())

    assert {kind for kind, _ in found} == set(WORDS)
    assert [kind for kind, words in found if words != set(WORDS[kind])] == []


def test_every_mail_has_a_text_and_an_html_and_is_posted() -> None:
    shared = {"base", "button"}
    kinds = {suffix: {file.stem for file in MAIL.glob(f"*.{suffix}")} - shared for suffix in ("html", "txt")}

    assert kinds == {"html": set(WORDS), "txt": set(WORDS)}


@every_kind
def test_a_mail_names_only_what_its_caller_gives(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "MISSING %s")

    composed = letter(kind)

    assert "MISSING" not in f"{composed.subject} {composed.body} {composed.alternatives[0][0]}"


@every_kind
def test_both_parts_say_the_same(kind: str) -> None:
    composed = letter(kind)
    read = one_line(drawn(composed).xpath("string(//body)"))
    linked = drawn(composed).xpath("//a/@href")

    for line in filter(None, map(str.strip, composed.body.partition("\n-- \n")[0].splitlines())):
        words, _, url = line.partition(f"{settings.BASE_URL}")
        assert one_line(words).removesuffix(":") in read
        assert not url or settings.BASE_URL + url in linked


@every_kind
def test_the_subject_is_one_line_and_heads_the_html(kind: str) -> None:
    composed = letter(kind)
    headings = [one_line(heading.text_content()) for heading in drawn(composed).xpath("//h1")]

    assert headings == [composed.subject]
    assert composed.subject == drawn(composed).findtext(".//title") != ""


@every_kind
def test_a_mail_has_one_button_that_leads_to_our_address(kind: str) -> None:
    buttons = drawn(letter(kind)).xpath("//table[@class='press']//a")

    assert len(buttons) == 1
    assert buttons[0].get("href").startswith(f"{settings.BASE_URL}/")
    assert buttons[0].text_content().strip()


@every_kind
def test_a_mail_runs_no_script_and_fetches_nothing(kind: str) -> None:
    text = str(letter(kind).alternatives[0][0])

    assert not re.search(r"<(?:script|img|link|iframe|object|form)\b|\son[a-z]+\s*=|url\(|@import|javascript:", text)


@every_kind
def test_what_people_typed_is_only_text_in_the_html(kind: str) -> None:
    evil = '"><script>x</script><a href="//evil.test">'
    changes = {name: evil for name, value in WORDS[kind].items() if isinstance(value, str) and name not in NO_TEXT}

    read = drawn(letter(kind, **changes))

    assert read.xpath("//script | //a[contains(@href, 'evil')]") == []
    assert evil in read.text_content()


def test_the_text_of_a_mail_escapes_nothing() -> None:
    composed = letter("seated")

    assert composed.subject == "You have a seat in team Acme <&> Sons"
    assert composed.body.startswith("Olga gave you a seat in team Acme <&> Sons.")


def test_a_line_break_in_a_name_forges_no_header() -> None:
    composed = letter("seated", team="Acme\nBcc: eve@evil.test")

    assert "Bcc" not in composed.message()
    assert composed.message()["To"] == "mia@acme.test"


def test_a_code_stands_alone_on_its_line() -> None:
    assert "\n    ABCD-1234\n" in letter("code").body


def test_without_a_code_the_button_leads_to_single_sign_on() -> None:
    composed = letter(
        "code", code="", enforced=[{"name": "Acme", "slug": "acme"}, {"name": "Globex", "slug": "globex"}]
    )

    hrefs = drawn(composed).xpath("//table[@class='press']//a/@href")

    assert composed.subject == "Sign in to Seatgate"
    assert hrefs == [f"{settings.BASE_URL}/sso/acme/login"]
    assert f"{settings.BASE_URL}/sso/globex/login" in composed.body


def test_a_reference_number_stands_in_both_parts() -> None:
    composed = letter("seated", reference="7K3M-9QXP")

    assert "Reference number: 7K3M-9QXP" in composed.body
    assert "Reference number: 7K3M-9QXP" in drawn(composed).text_content()
    assert "Reference number" not in letter("seated").body


def test_a_mail_is_sent_as_text_first_and_html_as_the_richer_part() -> None:
    message = letter("seated").message()

    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.get_payload()] == ["text/plain", "text/html"]
    assert message["Auto-Submitted"] == "auto-generated"
