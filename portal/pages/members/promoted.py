"""Who many would be promoted as: the addresses they sign in with, shown to whoever promotes and confirmed (rule 7)."""

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from portal.teams import batches, errands
from portal.teams.actor import Actor, Role
from portal.teams.errands import Order, Verb
from portal.teams.errors import Conflict, Invalid
from portal.teams.finding import Choice
from portal.teams.models import Member

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Promoted:
    """Those whom a change of role could meet, as they are now."""

    people: list[Member]

    @classmethod
    def of(cls, order: Order, by: Actor, found: "QuerySet[Member]") -> "Promoted":
        """Read them; one more than may get a role at once, if there are more."""
        will = errands.sort_out(Order(Verb.ROLE, order.choice), by, found).will
        return cls(list(will.order_by("label_key", "pk")[: batches.MOST + 1]))

    @property
    def too_many(self) -> bool:
        """Say whether nobody could look at each address."""
        return len(self.people) > batches.MOST

    @property
    def seal(self) -> str:
        """What stands for exactly these people with exactly these addresses."""
        said = "\n".join(sorted(f"{member.pk} {member.sign_in_email}" for member in self.people))
        return hashlib.sha256(said.encode()).hexdigest()

    def bind(self, order: Order, found: "QuerySet[Member]") -> Order:
        """Return the order for those chosen now and nobody who comes later, each by the address that was confirmed."""
        if order.role == Role.MEMBER:
            return order
        named = list(found.values_list("pk", flat=True)[: batches.MOST + 1])
        return replace(
            order, choice=Choice(named=named), shown={str(each.pk): each.sign_in_email for each in self.people}
        )

    def require(self, role: str, sure: bool, seal: str) -> None:
        """Refuse a role beyond member where the addresses were not confirmed, or are not those that were shown."""
        if role == Role.MEMBER:
            return
        if not sure:
            raise Invalid(_("Look at the addresses they sign in with, and tick that you know them."))
        if seal != self.seal:
            raise Conflict(_("Somebody among them changed since you looked. Go back and look at the addresses again."))
