"""Who acts, and through which door."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy


class Door(StrEnum):
    """The ways into the house; every event names one."""

    DASHBOARD = "dashboard"
    CSV = "csv"
    API = "api"
    COMMAND = "command"
    OPERATOR = "operator"
    SCIM = "scim"
    SSO = "sso"
    IMPORT = "import"
    CODE = "code"
    BREAK_GLASS = "break_glass"
    SETUP = "setup_link"
    SYSTEM = "system"


class Role(StrEnum):
    """What a member may do, least first."""

    MEMBER = "member"
    AUDITOR = "auditor"
    ADMIN = "admin"
    OWNER = "owner"

    @property
    def rank(self) -> int:
        """The role's place from 0 (member) to 3 (owner)."""
        return list(Role).index(self)

    def reaches(self, needed: "Role") -> bool:
        """Say whether this role includes the needed one."""
        return self.rank >= needed.rank


# A role as people call it.
ROLES: dict[Role, Promise] = {
    Role.MEMBER: gettext_lazy("Member"),
    Role.AUDITOR: gettext_lazy("Auditor"),
    Role.ADMIN: gettext_lazy("Admin"),
    Role.OWNER: gettext_lazy("Owner"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody, or something, that acts: a member, a token, an operator, the system.

    `role` is what the act counts as (API keys, CSV and imports count as admin, operators as owner). `reason` is why
    an operator acts: it stands in every event of the act.
    """

    door: Door
    label: str
    id: str = ""
    role: Role = Role.MEMBER
    member_id: UUID | None = None
    address: str = ""
    reason: str = ""

    def may(self, needed: Role) -> bool:
        """Say whether the actor's role reaches the needed one."""
        return self.role.reaches(needed)


def operator(label: str = "Operator") -> Actor:
    """The vendor's operator at the command line."""
    return Actor(Door.COMMAND, label, role=Role.OWNER)


SYSTEM = Actor(Door.SYSTEM, "Seatgate", role=Role.ADMIN)
