"""A directory import set up: its key checked and kept, its groups and rules chosen, its key replaced."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.directories import providers
from portal.directories.applying import actor, is_ours, target_of
from portal.directories.models import AT_WORK, DirectoryImport, Run, State, drop_held
from portal.outbound import turn
from portal.outbound.directory import Access, Group, KeyRefused, Trouble
from portal.teams import groups, policy
from portal.teams.actor import Actor, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Invalid, Missing, NotReady
from portal.teams.groups import Change
from portal.teams.models import Group as OurGroup
from portal.teams.models import Team

ADDED = Kind("directory_import.added", gettext_lazy("{actor} added the directory import {subject}"))
CHANGED = Kind("directory_import.changed", gettext_lazy("{actor} changed the directory import {subject}"))
KEY_REPLACED = Kind("directory_import.key_replaced", gettext_lazy("{actor} replaced the key of {subject}"))

MOST = 10
# A page that checks a key asks for no further page of groups after so long.
MOST_SECONDS = 6.0


@dataclass(frozen=True)
class Rules:
    """What an import is told to do: whom it brings, where to, what becomes of leavers, how often."""

    name: str
    group_ids: Collection[str]
    # An id of ours, or the name of a group to make; both empty: no group.
    target_id: str = ""
    target_name: str = ""
    unassigns: bool = False
    mails: bool = True
    every: str = "hour"


def of(team: Team, import_id: UUID) -> DirectoryImport:
    """Return a team's import; Missing for anybody else's."""
    found: DirectoryImport | None = team.directory_imports.filter(pk=import_id).first()
    if found is None:
        raise Missing
    # The very team that was asked for: under an act the one that is locked.
    found.team = team
    return found


def look(provider: str, access: Access) -> list[Group]:
    """Check a key by reading the groups it opens; Invalid in the directory's words where it opens none."""
    if not access.key.isascii() or not access.key.isprintable() or " " in access.key:
        raise Invalid(_("A key has neither spaces nor accents. Copy it anew."))
    if not access.organisation.isascii() or not access.organisation.isprintable() or " " in access.organisation:
        raise Invalid(_("An organisation id has neither spaces nor accents. Copy it anew."))
    try:
        with turn.taken():
            return providers.opened(provider, access, _at_once(time.monotonic() + MOST_SECONDS)).groups()
    except KeyRefused as refused:
        raise Invalid(_("{why} Copy the key anew, from an admin who may read users.").format(why=refused)) from None
    except (Trouble, turn.Busy) as trouble:
        raise Invalid(str(trouble)) from None


def _at_once(until: float) -> Callable[[int], None]:
    """A page waits for nobody who asks for time, nor for many slow pages."""

    def pause(seconds: int) -> None:
        if seconds:
            raise Invalid(_("The directory is busy. Try again in {n} seconds.").format(n=seconds))
        if time.monotonic() > until:
            raise Invalid(_("The directory did not answer in time. Try again in a few minutes."))

    return pause


def _listed(found: list[Group]) -> list[list[str]]:
    return [[group.id, group.name] for group in found]


# ── Setting up ───────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def add(act: Act, name: str, provider: str, access: Access, offered: list[Group]) -> DirectoryImport:
    """Keep a directory with its key, sealed; it does nothing before it is enabled."""
    policy.require(act.by, Role.ADMIN)
    if act.team.directory_imports.count() >= MOST:
        raise NotReady(_("A team has at most {n} directory imports. Remove one first.").format(n=MOST))
    source = DirectoryImport(
        team=act.team, name=name[:80], provider=provider, region=access.region, key=access.key,
        organisation=access.organisation, offered=_listed(offered), made_by=act.by.label[:320], made_at=act.at,
    )  # fmt: skip
    source.save(force_insert=True)
    act.record(ADDED, source, provider=provider, region=access.region)
    return source


@act
def set_rules(act: Act, import_id: UUID, rules: Rules) -> DirectoryImport:
    """Say which groups are brought, where to, what becomes of leavers and how often; it counts from the next run."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    names = dict([*source.groups, *source.offered])
    chosen = [[group_id, names[group_id]] for group_id in rules.group_ids if group_id in names]
    if not chosen:
        raise Invalid(_("Choose at least one group."))
    target = _target(act, source, rules)
    # Also where the former target was removed: whoever was in it is in none now.
    if source.target_id is None or target is None or target.pk != source.target_id:
        _take_out(act, source)
    after: dict[str, Any] = {
        "name": rules.name[:80], "groups": chosen, "target_id": target.pk if target else None,
        "target_name": target.display_name if target else "", "unassigns": rules.unassigns, "mails": rules.mails,
        "every": rules.every,
    }  # fmt: skip
    changed = [name for name, value in after.items() if getattr(source, name) != value]
    if changed:
        if {"groups", "unassigns", "target_id"} & set(changed):
            drop_held(source, _("The groups or rules were changed since. Run it again."))
        source.save_own(**after)
        _reschedule(source, act.at)
        act.record(CHANGED, source, changed=changed, groups=source.group_names, every=source.every)
    return source


def targets(team: Team) -> list[OurGroup]:
    """The groups that people can be put in: all but those that the identity provider keeps."""
    found = list(team.groups.order_by("display_name_key"))
    for group in found:
        group.team = team
    return [group for group in found if is_ours(group)]


def _target(act: Act, source: DirectoryImport, rules: Rules) -> OurGroup | None:
    if rules.target_name:
        return groups.create(act.team, actor(source), {"display_name": rules.target_name}).group
    if not rules.target_id:
        return None
    found = {str(group.pk): group for group in targets(act.team)}.get(rules.target_id)
    if found is None:
        raise Invalid(_("This group is gone, or your identity provider keeps it. Choose another one."))
    return found


def _take_out(act: Act, source: DirectoryImport) -> None:
    """Take out of the former target whom this import put there; the next run puts them in the new one."""
    inside, target = source.ties.filter(grouped=True), target_of(act.team, source)
    if target is not None:
        reach = inside.filter(member__scim_written=False).exclude(member__role=Role.OWNER)
        groups.update(act.team, actor(source), target.pk, {}, Change(remove=reach.values_list("member_id", flat=True)))
    inside.update(grouped=False)


@act
def replace_key(act: Act, import_id: UUID, access: Access, offered: list[Group]) -> DirectoryImport:
    """Put a new key, already checked, in the place of the old one, and run at once where the old one was refused."""
    policy.require(act.by, Role.ADMIN)
    source = of(act.team, import_id)
    source.save_own(
        key=access.key, organisation=access.organisation, region=access.region, offered=_listed(offered),
        key_refused=False, failing_since=None, failure="",
    )  # fmt: skip
    drop_held(source, _("The key was replaced since. Run it again."))
    act.record(KEY_REPLACED, source)
    if source.is_live and not source.runs.filter(state__in=AT_WORK).exists():
        begin(source, act.by, act.at)
    return source


def begin(source: DirectoryImport, by: Actor, at: datetime, dry: bool = False) -> Run:
    """Have the worker begin a run, within a second; one at a time."""
    if not source.groups:
        raise NotReady(_("Choose the groups first."))
    left_over = source.runs.filter(state__in=AT_WORK)
    if source.dead_at is not None:
        # It was given up by the worker: nobody goes on with its run.
        left_over.update(state=State.CANCELLED, finished_at=at, reason=_("It was given up after many failures."))
    try:
        with transaction.atomic():
            run: Run = source.runs.create(by=by.label[:320], dry=dry, started_at=at)
    except IntegrityError:
        raise Conflict(_("A run is at work already. Its page says how far it is.")) from None
    source.fall_due(at)
    return run


def read_groups(team: Team, by: Actor, import_id: UUID) -> None:
    """Read anew which groups there are; nothing of the team changes by it."""
    policy.require(by, Role.ADMIN)
    source = of(team, import_id)
    try:
        access = source.access
    except ValueError:
        raise Invalid(_("The stored key can’t be opened. Replace it.")) from None
    source.save_own(offered=_listed(look(source.provider, access)))


def _reschedule(source: DirectoryImport, at: datetime) -> None:
    """Let a new schedule count from now on, but leave a run that is at work where it is."""
    if source.is_live and not source.runs.filter(state__in=AT_WORK).exists():
        source.fall_due(at + source.span if source.span else None)
