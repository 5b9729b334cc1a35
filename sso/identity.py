"""Who is it: from a genuine message to a member of this team, and never to a person outside it (spec rule 17)."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import access, policy, roster
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.compiled import Select
from portal.teams.domains import Line
from portal.teams.errors import NotReady
from portal.teams.folding import fold, fold_address
from portal.teams.letters import post
from portal.teams.models import Entry, Member, Team
from portal.teams.names import Profile
from sso.attributes import Person
from sso.denied import AccountOff, ConnectionChanged, DomainNotAllowed, EmailMissing, LinkNeeded, SeveralMembers
from sso.models import LinkPermit, SsoConnection, Subject

LINKED = Kind("subject.linked", gettext_lazy("{subject} was linked to {name_id} at the identity provider"))
RELINKED = Kind("subject.relinked", gettext_lazy("{subject} was linked anew, from {before} to {name_id}"))

CONFIRMED = Kind("subject.confirmed", gettext_lazy("{actor} confirmed that {name_id} is {subject}"))
PERMITTED = Kind("subject.link_permitted", gettext_lazy("{actor} let {subject} link another identity"))

# Who was told "sign in now" does so within days; a permit that nobody used must not wait for a stranger.
PERMIT_LASTS = timedelta(days=7)
# More people than that whose names or addresses read alike are not told apart.
MOST_ALIKE = 50


def known(connection: SsoConnection, person: Person) -> Subject | None:
    """Return the Subject seen before for this connection, identity provider and NameID."""
    subject: Subject | None = _KNOWN.first(connection.pk, connection.idp_entity_id, person.name_id)
    return subject


def _known(connection: UUID, idp_entity_id: str, name_id: str) -> "QuerySet[Subject]":
    found = Subject.every_team.filter(connection=connection, idp_entity_id=idp_entity_id, name_id=name_id)
    return found.select_related("member__team")


_KNOWN = Select(_known, UUID, str, str)


def match(connection: SsoConnection, person: Person) -> Member | None:
    """Return the one member of this team whom an unseen identity means, or None; changes nothing.

    A privileged member is matched only by `sign_in_email` equal to the mapped e-mail, or with a "Link again" permit.
    """
    team = connection.team
    said = (person.name_id, person.email)
    names, mailboxes = {fold(each) for each in said}, {fold_address(each) for each in said}
    found = Member.every_team.filter(team=team).filter(
        Q(user_name_key__in=names) | Q(email_key__in=names) | Q(sign_in_email_key__in=mailboxes)
    )
    alike = found.select_related("team")[:MOST_ALIKE]
    members = [member for member in alike if _is_meant(member, names, mailboxes)]
    if len(members) > 1:
        raise SeveralMembers(team.name)
    if members and policy.privileged_in_sso(members[0]):
        _privileged_match(connection, members[0], fold_address(person.email))
    return members[0] if members else None


def _is_meant(member: Member, names: set[str], mailboxes: set[str]) -> bool:
    """Whether what was said names this member: by an address to the letter, by another userName as all are compared."""
    if member.sign_in_email_key in mailboxes or fold_address(member.email) in mailboxes:
        return True
    if "@" in member.user_name:
        return fold_address(member.user_name) in mailboxes
    return member.user_name_key in names


def _privileged_match(connection: SsoConnection, member: Member, email: str) -> None:
    if _is_permitted(member):
        return
    has_another = Subject.every_team.filter(
        connection=connection, idp_entity_id=connection.idp_entity_id, member=member
    )
    if member.sign_in_email_key != email or has_another.exists():
        raise LinkNeeded(member)


def check_person(team: Team, line: Line, person: Person) -> None:
    """Refuse a message without an e-mail, or with one outside the team's line of domains (R16, spec rule 18)."""
    if not person.email:
        raise EmailMissing
    if not line.covers(person.email):
        raise DomainNotAllowed(person.email, team.name)


def check_open(member: Member) -> None:
    """Refuse somebody who is inactive, suspended or held."""
    if not member.may_enter:
        raise AccountOff(member)


def settle(connection: SsoConnection, person: Person, by: Actor) -> Subject:
    """Return the Subject that signs in, linking or adding its member under the seat rule and every lock."""
    subject = known(connection, person)
    if subject is None or not subject.member.may_enter:
        subject = _arrive(connection.team, by, connection, person)
    check_open(subject.member)
    _update_names(connection.team, subject.member, person)
    return subject


def check_still(subject: Subject) -> None:
    """Refuse a sign-in whose identity was linked anew, or whose team turned single sign-on off, since it was looked up.

    Asked while the member is held: from then on nobody links them anew.
    """
    if not _STILL(subject.pk, subject.name_id):
        raise ConnectionChanged(subject.name_id)


_STILL = Select(
    lambda key, name_id: (
        Subject.every_team.filter(pk=key, name_id=name_id, connection__team__sso_on=True).values_list("pk")
    ),
    UUID, str,
)  # fmt: skip


@act
def _arrive(act: Act, connection: SsoConnection, person: Person) -> Subject:
    # Whoever waited for the lock may have waited for the end of what the message was judged by.
    now = SsoConnection.every_team.values_list("trust_version", flat=True).filter(pk=connection.pk).first()
    if not act.team.sso_on or now != connection.trust_version:
        raise ConnectionChanged(person.name_id)
    subject = known(connection, person)
    if subject is None:
        member = match(connection, person) or _add(act, person)
        subject = _link(act, connection, member, person)
    if not subject.member.active:
        subject.member = roster.come_back(act.team, act.by, subject.member.pk)
    # Raised inside the act, so that somebody who is turned off is not linked either.
    check_open(subject.member)
    return subject


def _add(act: Act, person: Person) -> Member:
    return roster.arrive(
        act.team,
        act.by,
        {
            "user_name": person.email,
            "email": person.email,
            "given_name": person.first_name,
            "family_name": person.last_name,
        },
    )


def _link(act: Act, connection: SsoConnection, member: Member, person: Person) -> Subject:
    subject: Subject | None = Subject.every_team.filter(
        connection=connection, idp_entity_id=connection.idp_entity_id, member=member
    ).first()
    confirmed = act.at if _may_confirm(member, person) else None
    LinkPermit.every_team.filter(member=member).delete()
    if subject is None:
        subject = Subject.every_team.create(
            connection=connection, idp_entity_id=connection.idp_entity_id, name_id=person.name_id, member=member,
            confirmed_at=confirmed,
        )  # fmt: skip
        act.record(LINKED, member, name_id=person.name_id)
        return subject
    before = subject.name_id
    subject.name_id, subject.confirmed_at = person.name_id, confirmed
    subject.save()
    subject.member = member
    # What the identity meant before may be somebody else by now: its sessions end. A sign-in by it that is under way
    # holds the member's row, and so is waited for and ended too; one that gets the row after us asks `check_still`.
    Member.held(act.team, member.pk)
    access.end(act.team, Entry.every_team.filter(member=member, door=Door.SSO), "relinked")
    act.record(RELINKED, member, before=before, name_id=person.name_id)
    post("subject_relinked", member.sign_in_email, team=act.team.name, before=before, after=person.name_id)
    return subject


def _may_confirm(member: Member, person: Person) -> bool:
    by_address = member.sign_in_email_key == fold_address(person.email)
    return policy.privileged_in_sso(member) and (by_address or _is_permitted(member))


def _is_permitted(member: Member) -> bool:
    """Say whether "Link again" was pressed for the member as they are now, and not before another role or a hold."""
    given = LinkPermit.every_team.filter(member=member, made_at__gt=timezone.now() - PERMIT_LASTS)
    return given.exists() if member.entry_after is None else given.filter(made_at__gte=member.entry_after).exists()


def _update_names(team: Team, member: Member, person: Person) -> None:
    # R20: names follow the IdP at each sign-in, unless the directory wrote them (SCIM); the e-mail never does.
    if member.scim_written:
        return
    names: Profile = {}
    if person.first_name:
        names["given_name"] = person.first_name
    if person.last_name:
        names["family_name"] = person.last_name
    if any(getattr(member, name) != value for name, value in names.items()):
        by = Actor(Door.SSO, member.label, id=str(member.pk), member_id=member.pk)
        roster.update(team, by, member.pk, names)


def note_format(subject: Subject, name_id_format: str) -> None:
    """Keep the format the NameID came in, for the logout request that names it again."""
    known_format = name_id_format[:256]
    if subject.name_id_format != known_format:
        Subject.every_team.filter(pk=subject.pk).update(name_id_format=known_format)


def full_role(subject: Subject) -> bool:
    """Say whether the member's role counts in this Subject's sessions (spec rule 7)."""
    # Asked of plain members too, for whom it makes no difference: one promoted while they sign in stays plain.
    return subject.confirmed_at is not None


@act
def confirm(act: Act, subject_id: str) -> None:
    """Confirm that a Subject is this member: from the next sign-in their role counts in SSO sessions too."""
    policy.require(act.by, Role.OWNER)
    subject = Subject.every_team.filter(pk=subject_id, connection__team=act.team).select_related("member").first()
    if subject is not None and subject.confirmed_at is None:
        subject.confirmed_at = act.at
        subject.save()
        act.record(CONFIRMED, subject.member, name_id=subject.name_id)


@act
def permit_link(act: Act, member_id: str) -> None:
    """Let a privileged member's next sign-in link another identity: "Link again"."""
    policy.require(act.by, Role.OWNER)
    member = Member.of(act.team, member_id)
    if not policy.privileged_in_sso(member):
        # A permit that lay in wait for a promotion would link whoever comes then.
        raise NotReady(_("{who} needs no permit: their next sign-in links by itself.").format(who=member.label))
    if not _is_permitted(member):
        LinkPermit.every_team.update_or_create(member=member, defaults={"made_at": act.at})
        act.record(PERMITTED, member)
