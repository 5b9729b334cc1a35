"""What may be asked: the queries and bodies of the API, read strictly and described by the same fields."""

import re
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from portal.teams.actor import Role
from portal.teams.folding import fold, fold_address
from portal.teams.models import Member

MOST, USUAL = 200, 50
LARGEST = 2**63 - 1
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


class Words(serializers.CharField):
    """A text as it is sent, blanks at its ends included."""

    def __init__(self, told: str, *, most: int = 320, **more: Any) -> None:
        super().__init__(help_text=told, max_length=most, trim_whitespace=False, **{"required": False, **more})


class Truth(serializers.BooleanField):
    """`true` or `false`, and nothing that looks like it."""

    def to_internal_value(self, data: Any) -> bool:
        """Read one of the two words."""
        if data not in ("true", "false"):
            self.fail("invalid", input=data)
        return bool(data == "true")


class Moment(serializers.DateTimeField):
    """A moment with its offset (RFC 3339)."""

    def to_internal_value(self, value: Any) -> datetime:
        """Read a moment; one beyond the calendar's ends is its end."""
        if not RFC_3339.match(value):
            self.fail("invalid", format="2026-05-04T12:00:00Z")
        # A leap second is the first of the next minute to everybody else.
        text = value.upper().replace(" ", "T").replace(":60", ":59")
        try:
            found = parse_datetime(text)
            if found is None:
                self.fail("invalid", format="2026-05-04T12:00:00Z")
            return found.astimezone(UTC)
        except OverflowError:
            return (datetime.min if text < "5" else datetime.max).replace(tzinfo=UTC)
        except ValueError:
            self.fail("invalid", format="2026-05-04T12:00:00Z")


class Question(serializers.Serializer[Any]):
    """What every operation takes."""

    team = Words("Only with an operator’s key, which reaches every team: the slug or id of the team.", most=50)


class Page(Question):
    """A page of a list; go on with the cursor until there is none."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=USUAL, help_text="How many at most.")
    # Microseconds of the row's moment and its id; each text of this form is a place in the list.
    cursor = serializers.RegexField(
        r"^[0-9]{1,17}_[0-9a-f]{32}\Z",
        required=False,
        trim_whitespace=False,
        help_text="`next_cursor` of the page before.",
    )


class MemberQuestion(Page):
    """Whom to list."""

    email = Words("Only whoever has this e-mail, in any case.")
    user_name = Words("Only whoever has this userName, in any case.", most=255)
    external_id = Words("Only whoever has this externalId.", most=255)
    active = Truth(required=False, help_text="Only who holds a seat, or who holds none.")
    group = serializers.UUIDField(required=False, help_text="Only who is in the group of this id.")
    updated_since = Moment(required=False, help_text="Only whose entry changed at this moment or later.")


class SeatQuestion(Question):
    """Whose seat is asked for."""

    email = Words("Their e-mail, in any case.", required=True)


class EventQuestion(Question):
    """Where the journal is read on."""

    after = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST,
        default=0,
        help_text="Only events with a greater number: the last `next_after`.",
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=100, help_text="How many at most.")


class Person(serializers.Serializer[Any]):
    """Whom to give a seat."""

    # A hand-added member's userName is the address, and a userName has 255 characters.
    email = serializers.EmailField(max_length=255, help_text="Their e-mail; a new member’s userName too.")
    given_name = serializers.CharField(max_length=255, required=False, allow_blank=True, help_text="Their given name.")
    family_name = serializers.CharField(
        max_length=255, required=False, allow_blank=True, help_text="Their family name."
    )


class NewRole(serializers.Serializer[Any]):
    """Which role."""

    role = serializers.ChoiceField(
        choices=[role.value for role in Role], help_text="An API key gives roles up to admin; owner is refused."
    )


def means(asked: dict[str, Any], member: Member) -> bool:
    """Say whether a question by e-mail means this member's mailbox, and not one that only reads alike."""
    return "email" not in asked or fold_address(asked["email"]) == fold_address(member.email)


def matching(asked: dict[str, Any]) -> dict[str, Any]:
    """Return the filter of members that a question makes by e-mail, userName and externalId."""
    wanted = {f"{name}_key": fold(asked[name]) for name in ("email", "user_name") if name in asked}
    return wanted | {name: asked[name] for name in ("external_id", "active") if name in asked}
