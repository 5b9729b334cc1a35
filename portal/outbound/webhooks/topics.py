"""Groups of event kinds that an endpoint can choose, told apart by the noun a kind begins with."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Topic:
    """Some kinds of event under one name."""

    label: str | Promise
    nouns: tuple[str, ...]


OTHER = "other"
TOPICS: dict[str, Topic] = {
    "members": Topic(
        _("Members: added, updated, seats given and taken, roles"),
        ("member", "role", "owner", "import", "directory_import"),
    ),
    "seats": Topic(_("Seats bought, plan, and the waiting list"), ("seats", "waiting", "team", "seat_request")),
    "groups": Topic(_("Groups"), ("group", "groups")),
    "sign_on": Topic(_("Single sign-on and domains"), ("sso", "jit", "subject", "certificate", "domain")),
    "provisioning": Topic(_("Provisioning"), ("scim", "scim_token", "scim_wizard")),
    "sessions": Topic(
        _("Sessions and emergency access"),
        (
            "totp",
            "recovery_codes",
            "recovery_code",
            "passkey",
            "session",
            "other_sessions",
            "rescue_code",
            "rescue_codes",
            "break_glass",
            "sign_in_link",
            "second_factor",
        ),
    ),
    "refusals": Topic(_("What a rule refused"), ("act",)),
    OTHER: Topic(_("Everything else"), ()),
}
_BY_NOUN = {noun: slug for slug, topic in TOPICS.items() for noun in topic.nouns}


def of(kind: str) -> str:
    """Return the topic of an event kind; what no topic names is everything else."""
    return _BY_NOUN.get(kind.partition(".")[0], OTHER)


def wants(chosen: Iterable[str], kind: str) -> bool:
    """Say whether an endpoint that chose these topics gets this kind; no choice means every kind."""
    picked = set(chosen)
    return not picked or of(kind) in picked
