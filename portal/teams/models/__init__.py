"""The domain model; every subject in its own file."""

from portal.teams.models.errand import Errand, ErrandBatch
from portal.teams.models.event import Event, JournalGate
from portal.teams.models.group import Group, GroupMember
from portal.teams.models.letter import Letter
from portal.teams.models.member import Member
from portal.teams.models.notice import Audience, Notice, NoticeMark, NoticeOptOut, NoticeRule, Tone
from portal.teams.models.seat_day import SeatDay
from portal.teams.models.seat_request import Answer, SeatRequest
from portal.teams.models.session import Entry, RescueCode, Session
from portal.teams.models.setup import Draft, Scope, SetupLink
from portal.teams.models.team import Domain, Seat, SecondFactor, Team, Waiting
from portal.teams.models.user import Challenge, SignInCode, SignInLink, User
from portal.teams.plan import Plan

__all__ = [
    "Answer",
    "Audience",
    "Challenge",
    "Domain",
    "Draft",
    "Entry",
    "Errand",
    "ErrandBatch",
    "Event",
    "Group",
    "GroupMember",
    "JournalGate",
    "Letter",
    "Member",
    "Notice",
    "NoticeMark",
    "NoticeOptOut",
    "NoticeRule",
    "Plan",
    "RescueCode",
    "Scope",
    "Seat",
    "SeatDay",
    "SeatRequest",
    "SecondFactor",
    "Session",
    "SetupLink",
    "SignInCode",
    "SignInLink",
    "Team",
    "Tone",
    "User",
    "Waiting",
]
