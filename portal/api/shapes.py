"""What is answered: each shape written and described by the same fields."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    IntegerField,
    JSONField,
    SerializerMethodField,
    UUIDField,
)

from portal.teams import models
from portal.teams.actor import Door, Role
from portal.teams.sentences import in_words

ROLES = [role.value for role in Role]
DOORS = [door.value for door in Door]
Shape = serializers.Serializer[Any]


class Error(Shape):
    """One field that can't be used."""

    field = CharField(help_text="The field’s name.")
    detail = CharField(help_text="What is wrong with it.")


class Problem(Shape):
    """What went wrong (RFC 9457)."""

    type = CharField(help_text="`urn:seatgate:problem:` and the code.")
    title = CharField(help_text="The status in words.")
    status = IntegerField(help_text="The HTTP status.")
    detail = CharField(help_text="A sentence that a person can act on; the same words as in the portal.")
    instance = CharField(help_text="The path that was called.")
    code = CharField(help_text="A stable name to program against.")
    errors = Error(many=True, required=False, help_text="The fields that can’t be used.")  # type: ignore[assignment]


class Seats(Shape):
    """A team’s seats."""

    bought = IntegerField(help_text="How many the team bought.")
    assigned = IntegerField(help_text="How many active members hold one.")
    free = IntegerField(help_text="How many people can still be seated.")
    waiting = IntegerField(help_text="How many people were refused and wait.")


class Team(Shape):
    """A team."""

    id = UUIDField(help_text="Never changes, never used again.")
    slug = CharField(help_text="The team’s name in addresses.")
    name = CharField(help_text="The team’s name.")
    plan = ChoiceField(choices=models.Plan.choices, help_text="What the team bought.")
    seats = Seats(help_text="Bought, assigned, free, and who waits.")
    sso_on = BooleanField(help_text="Single sign-on is on.")
    sso_enforced = BooleanField(help_text="Members come in by single sign-on alone.")
    scim_on = BooleanField(help_text="The team’s directory assigns and unassigns.")
    last_event = IntegerField(help_text="The number of the newest event.")


class Locks(Shape):
    """Why the API can’t assign or unassign; null where it can."""

    assign = CharField(allow_null=True, help_text="The sentence that assigning is refused with.")
    unassign = CharField(allow_null=True, help_text="The sentence that unassigning is refused with.")


class TeamDetail(Team):
    """A team, and what its switches lock."""

    locks = Locks(help_text="What is locked, in the portal’s words.")


class Since(BooleanField):
    """Whether a moment is there."""

    def get_attribute(self, instance: Any) -> bool:
        """Say whether there is one."""
        return super().get_attribute(instance) is not None


class InGroup(Shape):
    """A group somebody is in."""

    id = UUIDField(source="group_id", help_text="The group’s id.")
    name = CharField(source="group.display_name", help_text="The group’s name.")


class TeamMember(Shape):
    """A member."""

    id = UUIDField(help_text="Never changes, never used again.")
    user_name = CharField(help_text="The directory’s name for them; of people added by hand their e-mail.")
    external_id = CharField(help_text="The directory’s own id for them; empty where it gave none.")
    email = CharField(help_text="Their e-mail; empty where the directory gave none.")
    given_name = CharField(help_text="Their given name.")
    family_name = CharField(help_text="Their family name.")
    display_name = CharField(help_text="What the directory calls them; empty where it gave none.")
    role = ChoiceField(choices=ROLES, help_text="Their own role; a group may give more in single sign-on sessions.")
    active = BooleanField(help_text="Whether they hold a seat: an active member holds exactly one.")
    suspended = Since(source="suspended_at", help_text="An owner blocked their entry; the seat stays.")
    held = Since(source="held_at", help_text="The directory tried to end the last owner; entry is blocked.")
    managed_by_directory = BooleanField(source="scim_written", help_text="The team’s directory writes them (SCIM).")
    origin = CharField(help_text="The door they came in by: dashboard, csv, api, command, scim, sso, import.")
    groups = InGroup(source="memberships.all", many=True, help_text="The groups they are in.")
    last_sign_in = DateTimeField(allow_null=True, help_text="When they last signed in; null for never.")
    created_at = DateTimeField(help_text="Since when they are in the team.")
    updated_at = DateTimeField(help_text="When their entry last changed.")


class SeatCheck(Shape):
    """Whether somebody holds a seat, and may come in."""

    holds_seat = BooleanField(help_text="They hold a seat. Let nobody in by this alone: see may_enter.")
    may_enter = BooleanField(help_text="They hold a seat, and are neither suspended nor held.")
    found = BooleanField(help_text="The team has such a member.")
    member_id = UUIDField(allow_null=True, help_text="Their id; null where nobody was found.")
    email = CharField(allow_null=True, help_text="Their e-mail; null where nobody was found.")
    role = ChoiceField(choices=ROLES, allow_null=True, help_text="Their own role; null where nobody was found.")
    active = BooleanField(help_text="The same as holds_seat.")
    suspended = BooleanField(help_text="An owner blocked their entry; the seat stays.")
    held = BooleanField(help_text="The directory tried to end the last owner; entry is blocked.")


class Group(Shape):
    """A group that the team’s directory pushed."""

    id = UUIDField(help_text="Never changes, never used again.")
    name = CharField(source="display_name", help_text="The group’s name.")
    external_id = CharField(help_text="The directory’s own id for it; empty where it gave none.")
    role = ChoiceField(choices=ROLES, help_text="What its members get in single sign-on sessions.")
    members = IntegerField(source="count", help_text="How many people are in it; list them by ?group=<id>.")
    empty_since = DateTimeField(source="emptied_at", allow_null=True, help_text="Since when nobody is in it.")
    created_at = DateTimeField(help_text="When it was pushed first.")
    updated_at = DateTimeField(help_text="When it last changed.")


class Waiting(Shape):
    """Somebody who was refused for want of a seat."""

    id = UUIDField(help_text="The place on the list.")
    label = CharField(help_text="The e-mail or name they came with.")  # type: ignore[assignment]
    door = CharField(help_text="The door they were refused at.")
    times = IntegerField(help_text="How often they were refused.")
    first_at = DateTimeField(help_text="When they were refused first.")
    last_at = DateTimeField(help_text="When they were refused last.")


class Event(Shape):
    """One line of the team’s journal."""

    number = IntegerField(help_text="Its number in the team: 1, 2, 3 and so on, in the order of what happened.")
    at = DateTimeField(help_text="When.")
    kind = CharField(help_text="What, as a stable name: noun.past.")
    door = ChoiceField(choices=DOORS, help_text="Through which door.")
    actor = CharField(help_text="Who.")
    actor_id = CharField(help_text="The id of who; empty for none.")
    subject = CharField(help_text="Whom or what it was about; empty for nobody.")
    subject_id = CharField(help_text="The id of whom or what; empty for none.")
    refused = BooleanField(help_text="It was tried, and a rule refused it.")
    data = JSONField(help_text="What else there is to know; its fields depend on the kind.")  # type: ignore[assignment]
    sentence = SerializerMethodField(help_text="All of it in one sentence.")

    def get_sentence(self, event: models.Event) -> str:
        """The event in words."""
        return in_words(event)


class SessionsEnded(Shape):
    """What signing somebody out came to."""

    ended = IntegerField(help_text="How many sessions ended.")


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class Page(Shape):
    """A page of a list."""

    next_cursor = CharField(allow_null=True, help_text="Send it as `cursor` for the next page; null on the last.")


class TeamPage(Page):
    """A page of teams."""

    data = Team(many=True, help_text="The teams, by slug.")  # type: ignore[assignment]


class MemberPage(Page):
    """A page of members."""

    data = TeamMember(many=True, help_text="The members, in the order in which they were added.")  # type: ignore[assignment]


class GroupPage(Page):
    """A page of groups."""

    data = Group(many=True, help_text="The groups, in the order in which they were pushed.")  # type: ignore[assignment]


class WaitingPage(Page):
    """A page of the waiting list."""

    data = Waiting(many=True, help_text="Who waits, in the order in which they were refused first.")  # type: ignore[assignment]


class EventPage(Shape):
    """A page of events."""

    data = Event(many=True, help_text="The events, in order.")  # type: ignore[assignment]
    next_after = IntegerField(help_text="Send it as `after` for the next page; it stays where nothing is new.")
    more = BooleanField(help_text="There are more events already.")
    lost = IntegerField(help_text="How many events after yours were purged before you read on; 0 for none.")
