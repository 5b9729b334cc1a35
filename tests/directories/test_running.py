"""A run of a directory import: who is added, who is left alone, who loses a seat, and what it does not dare alone."""

from typing import Any

import pytest

from portal.directories import setting_up, switching
from portal.directories.models import DirectoryImport, Kind, State, Tie
from portal.directories.setting_up import Rules
from portal.outbound.directory import Access
from portal.teams import batches, groups, invariants, owners, roster, seats
from portal.teams.actor import Door, Role
from portal.teams.models import Event, Letter, Team
from tests import make
from tests.directories.conftest import Import, draft, run, trial
from tests.directories.stand_in import KEY, JumpCloud
from tests.teams import journal


def active(team: Team) -> set[str]:
    """Who holds a seat, by the first part of their address."""
    return {each.partition("@")[0] for each in team.members.filter(active=True).values_list("email", flat=True)}


CAST = {"olga", "adam", "mia"}


# ── Coming ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_people_of_the_chosen_groups_get_seats(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    jumpcloud.join("Guests", "pat")

    ended = run(imported())

    assert (ended.state, ended.counts["new"]) == (State.DONE, 2)
    assert active(acme) == CAST | {"nia", "ola"}
    nia = make.who(acme, "nia")
    assert (nia.origin, nia.user_name, nia.given_name, nia.role) == (Door.IMPORT, "nia@acme.test", "Nia", "member")
    assert journal.last(acme).kind == "directory_import.finished"
    assert list(invariants.check(make.fresh(acme))) == []


def test_the_same_again_changes_nothing_and_tells_nothing(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported()
    run(source)
    before = journal.numbers(acme)

    again = run(source)

    assert (again.state, again.counts["same"], again.rows.count()) == (State.DONE, 2, 0)
    assert journal.numbers(acme) == before


def test_groups_in_groups_count_and_who_may_not_work_does_not(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "sue", "new")
    jumpcloud.join("Nested", "ola")
    jumpcloud.groups[0].inside = ["Nested"]
    jumpcloud.user("sue").suspended = True
    jumpcloud.user("new").activated = False

    ended = run(imported())

    assert active(acme) == CAST | {"nia", "ola"}
    assert ended.counts["skipped"] == 2


def test_whoever_finds_no_seat_waits_and_nobody_is_evicted(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    seats.resize(acme, make.BY_OPERATOR, 4)
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported()

    ended = run(source)

    assert (ended.counts["new"], ended.counts["over"]) == (1, 2)
    assert acme.waiting.count() == 2 and active(acme) >= CAST
    seats.resize(acme, make.BY_OPERATOR, 10)
    run(source)
    assert active(acme) == CAST | {"nia", "ola", "pat"} and not acme.waiting.exists()


def test_mail_goes_out_where_it_was_chosen(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia")
    run(imported())
    assert not Letter.objects.filter(kind="seated").exists()

    jumpcloud.join("Guests", "pat")
    run(imported("Guests", ("Guests",), mails=True))

    assert journal.mailed("seated") == ["pat@acme.test"]


def test_bad_and_double_addresses_are_refused_in_words(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat", "quin")
    jumpcloud.user("ola").email = "no address"
    jumpcloud.user("pat").email = "NIA@acme.test"
    jumpcloud.user("quin").email = f"{'q' * 60}@{'.'.join(['x' * 60] * 4)}.test"

    ended = run(imported())

    assert (ended.counts["new"], ended.counts["bad"]) == (1, 3)
    assert sorted(ended.rows.filter(kind=Kind.BAD).values_list("reason", flat=True)) == [
        "No e-mail address in the directory that we can use.",
        "No e-mail address in the directory that we can use.",
        "Somebody else in the directory has this address too.",
    ]


def test_an_address_that_reads_alike_is_another_mailbox(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    kept = make.member(acme, "lena@strasse.test")
    jumpcloud.join("Staff", "lena")
    jumpcloud.user("lena").email = "lena@straße.test"

    ended = run(imported(unassigns=True, target_name="From JumpCloud"))

    assert ended.counts.get("met", 0) == 0 and not Tie.every_team.filter(member=kept).exists()
    assert ended.rows.get().reason == "The userName lena@straße.test is in use in the team."


# ── Being here already ───────────────────────────────────────────────────────────────────────────────────────────────
def test_somebody_another_door_added_keeps_name_role_and_seat(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "mia", "nia")
    source = imported(unassigns=True)

    run(source)
    assert make.who(acme, "mia").family_name == "Lund"
    jumpcloud.join("Staff", "ola")
    jumpcloud.part("Staff", "mia")
    run(source)

    assert "mia" in active(acme) and not Tie.every_team.get(member=make.who(acme, "mia")).added


def test_nobody_whom_scim_wrote_is_touched(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    make.scim_on(acme)
    scim = make.provisioned(acme, "sam@acme.test", given_name="Samuel", active=False)
    jumpcloud.join("Staff", "sam", "nia")
    source = imported(unassigns=True, target_name="From JumpCloud")

    ended = run(source)

    assert ended.counts["scim"] == 1 and active(acme) == CAST | {"nia"}
    kept = make.who(acme, "sam")
    assert (kept.given_name, kept.version, kept.memberships.count()) == ("Samuel", scim.version, 0)


def test_many_at_once_leave_out_whom_scim_wrote_where_an_import_asks(acme: Team) -> None:
    make.scim_on(acme)
    away, here = make.provisioned(acme, "sam@acme.test", active=False), make.provisioned(acme, "sue@acme.test")
    by = make.through(Door.IMPORT)

    assert batches.assign_again(acme, by, [away.pk]) == ([], []) and batches.take_back(acme, by, [here.pk]) == 0
    assert active(acme) == CAST | {"sue"}


def test_somebody_whom_scim_took_over_is_scims(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    make.scim_on(acme)
    make.provisioned(acme, "nia@acme.test", given_name="Nia by SCIM")
    jumpcloud.user("nia").firstname = "Antonia"

    assert run(source).counts["scim"] == 1
    assert make.who(acme, "nia").given_name == "Nia by SCIM"
    jumpcloud.part("Staff", "nia")
    run(source)

    assert "nia" in active(acme)


def test_owners_are_left_alone_and_nobody_becomes_one(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "olga", "adam")
    source = imported(unassigns=True, target_name="Staff")
    run(source)
    assert make.who(acme, "olga").memberships.count() == 0 and make.who(acme, "adam").memberships.count() == 1

    jumpcloud.join("Staff", "nia", "pat")
    run(source)
    owners.set_role(acme, make.as_owner(acme), make.who(acme, "nia").pk, Role.OWNER)
    jumpcloud.part("Staff", "olga", "nia")
    run(source)

    assert {"olga", "nia"} <= active(acme)
    assert set(acme.members.filter(role=Role.OWNER).values_list("email", flat=True)) == {
        "olga@acme.test", "nia@acme.test",
    }  # fmt: skip


def test_names_and_addresses_follow_for_those_it_added(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "mia")
    source = imported()
    run(source)
    jumpcloud.user("nia").email, jumpcloud.user("nia").firstname = "antonia@acme.test", "Antonia"
    jumpcloud.user("mia").firstname = "Maria"

    ended = run(source)

    changed = make.who(acme, "antonia")
    assert ended.counts["changed"] == 1 and changed.given_name == "Antonia"
    assert (changed.user_name, changed.sign_in_email) == ("antonia@acme.test", "antonia@acme.test")
    assert make.who(acme, "mia").given_name == "Mia"


def test_an_address_of_an_admin_opens_no_session_by_the_directorys_word(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported()
    run(source)
    make.role(acme, make.who(acme, "nia"), "admin")
    roster.update(acme, make.as_owner(acme), make.who(acme, "mia").pk, {"user_name": "mlund"})
    jumpcloud.user("nia").email = "thief@acme.test"
    jumpcloud.user("ola").email = "mia@acme.test"

    ended = run(source)

    assert make.who(acme, "thief").sign_in_email == "nia@acme.test"
    assert ended.counts["bad"] == 1 and make.who(acme, "ola").email == "ola@acme.test"


def test_an_address_that_moves_to_somebody_new_moves(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    first = make.who(acme, "nia").pk
    jumpcloud.user("nia").email = "nia.old@acme.test"
    jumpcloud.join("Staff", "nia2")
    jumpcloud.user("nia2").email = "nia@acme.test"

    ended = run(source)

    assert (ended.counts["changed"], ended.counts["new"]) == (1, 1)
    assert acme.members.get(email="nia.old@acme.test").pk == first and make.who(acme, "nia").pk != first


def test_somebody_made_anew_in_the_directory_stays_who_they_are(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.part("Staff", "nia")
    jumpcloud.join("Staff", "again")
    jumpcloud.user("again").email = "nia@acme.test"

    ended = run(source)

    assert ended.counts.get("left", 0) == 0 and "nia" in active(acme)
    tie = Tie.every_team.get(member=make.who(acme, "nia"))
    assert tie.added and tie.left_at is None and tie.remote_id == jumpcloud.user("again").id


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_who_leaves_loses_the_seat_only_where_the_admin_chose_so(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported()
    run(source)
    jumpcloud.part("Staff", "nia")

    ended = run(source)

    assert ended.counts["left"] == 1 and not ended.rows.get(kind=Kind.LEFT).seat
    assert "nia" in active(acme)


def test_a_leaver_loses_seat_and_sessions_and_comes_back_by_the_next_run(
    acme: Team, jumpcloud: JumpCloud, imported: Import, browser: Any
) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    make.sign_in(browser, "nia@acme.test")
    assert browser.get("/settings/profile/").status_code == 200

    jumpcloud.user("nia").suspended = True
    gone = run(source)
    assert gone.counts["left"] == 1 and "nia" not in active(acme)
    assert browser.get("/settings/profile/").status_code == 302
    jumpcloud.user("nia").suspended = False
    back = run(source)

    assert back.counts["back"] == 1 and "nia" in active(acme)
    assert browser.get("/settings/profile/").status_code == 302
    assert list(invariants.check(make.fresh(acme))) == []


def test_leavers_free_the_seats_that_newcomers_need(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    seats.resize(acme, make.BY_OPERATOR, 6)
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.part("Staff", "nia")
    jumpcloud.join("Staff", "quin")

    ended = run(source)

    assert ended.counts.get("over", 0) == 0 and active(acme) == CAST | {"ola", "pat", "quin"}


def test_what_an_admin_takes_by_hand_stays_taken(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    by, nia = make.as_owner(acme), make.who(acme, "nia")
    roster.unassign(acme, by, nia.pk)

    assert run(source).counts["inactive"] == 1
    assert run(source).counts["seatless"] == 1 and "nia" not in active(acme)
    roster.assign_again(acme, by, nia.pk)
    jumpcloud.part("Staff", "nia")
    run(source)

    assert "nia" in active(acme), "somebody gave her this seat by hand"


def test_a_leaver_whom_another_import_names_keeps_the_seat(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    jumpcloud.join("Guests", "nia", "quin", "rob")
    first, second = imported(unassigns=True), imported("Guests", ("Guests",), unassigns=True)
    run(first)
    run(second)

    jumpcloud.part("Staff", "nia")
    run(first)
    assert "nia" in active(acme)
    jumpcloud.part("Guests", "nia")
    run(second)

    assert "nia" not in active(acme)


@pytest.mark.parametrize("goers", [("nia", "ola"), ("nia", "ola", "pat")])
def test_more_than_half_gone_waits_for_somebodys_word(
    acme: Team, jumpcloud: JumpCloud, imported: Import, goers: tuple[str, ...]
) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.part("Staff", *goers)

    held = run(source)
    again = run(source)

    held.refresh_from_db()
    assert (held.state, again.state) == (State.CANCELLED, State.HELD)
    assert active(acme) == CAST | {"nia", "ola", "pat"}
    assert journal.kinds(acme).count("directory_import.held") == 1
    switching.confirm(acme, make.as_owner(acme), source.pk, again.pk)
    ended = run(source)
    assert (ended.pk, ended.state, ended.counts["left"]) == (again.pk, State.DONE, len(goers))
    assert active(acme) == CAST | {"nia", "ola", "pat"} - set(goers)


def test_a_landslide_that_was_a_mistake_ends_by_itself(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    there = list(jumpcloud.groups[0].users)
    jumpcloud.groups[0].users = []
    held = run(source)

    jumpcloud.groups[0].users = there
    ended = run(source)

    held.refresh_from_db()
    assert (held.state, ended.state, ended.counts["same"]) == (State.CANCELLED, State.DONE, 3)


def test_half_of_them_may_go_without_a_word(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.part("Staff", "nia")

    assert run(source).state == State.DONE


def test_a_landslide_that_would_only_be_forgotten_waits_too(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported()
    run(source)
    jumpcloud.groups[0].users = []

    assert run(source).state == State.HELD
    assert source.ties.filter(added=True, left_at=None).count() == 2


def test_a_confirmed_landslide_is_read_anew_and_takes_nobody_else(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat", "quin")
    source, by = imported(unassigns=True), make.as_owner(acme)
    run(source)
    jumpcloud.part("Staff", "nia", "ola", "pat")
    held = run(source)

    jumpcloud.part("Staff", "quin")
    switching.confirm(acme, by, source.pk, held.pk)
    assert run(source).state == State.HELD and "nia" in active(acme), "quin was not among those confirmed"
    jumpcloud.join("Staff", "pat", "quin")
    jumpcloud.part("Staff", "pat")
    switching.confirm(acme, by, source.pk, held.pk)
    jumpcloud.join("Staff", "ola")
    run(source)

    assert active(acme) == CAST | {"ola", "quin"}


def test_other_rules_or_another_key_end_what_waits(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    jumpcloud.join("Guests", "nia", "ola")
    source, by = imported(unassigns=True), make.as_owner(acme)
    run(source)
    jumpcloud.groups[0].users = []
    both = Rules("HQ", [each.id for each in jumpcloud.groups], unassigns=True)
    changes: list[Any] = [
        lambda: setting_up.set_rules(acme, by, source.pk, both),
        lambda: setting_up.replace_key(acme, by, source.pk, Access("practice", KEY), []),
    ]

    for change in changes:
        DirectoryImport.every_team.filter(pk=source.pk).update(groups=[[jumpcloud.groups[0].id, "Staff"]])
        held = run(source)
        assert held.state == State.HELD
        change()
        with pytest.raises(switching.Conflict):
            switching.confirm(acme, by, source.pk, held.pk)
        source.runs.exclude(state=State.HELD).update(state=State.CANCELLED)


def test_a_dry_run_leaves_what_waits(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.groups[0].users = []
    held = run(source)

    assert trial(acme, source).state == State.LOOKED
    held.refresh_from_db()
    assert held.state == State.HELD


def test_a_mailbox_that_moves_to_somebody_else_is_refused(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "mia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.user("mia").email = "mia.new@acme.test"
    jumpcloud.join("Staff", "other")
    jumpcloud.user("other").email = "mia@acme.test"

    ended = run(source)

    assert ended.rows.get(kind=Kind.BAD).reason.startswith("Mia Lund is known under this address")
    assert Tie.every_team.get(member=make.who(acme, "mia")).remote_id == jumpcloud.user("mia").id
    run(source)
    assert acme.members.filter(email__startswith="mia").count() == 1


# ── Locks and groups ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("lock", [make.enforced, make.scim_on])
def test_the_import_goes_on_beside_sso_and_scim(acme: Team, jumpcloud: JumpCloud, imported: Import, lock: Any) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported(unassigns=True)
    run(source)
    lock(acme)
    jumpcloud.part("Staff", "nia")
    jumpcloud.join("Staff", "pat")

    run(source)

    assert active(acme) == CAST | {"ola", "pat"}


def test_people_are_put_in_the_target_group_and_taken_out(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia", "mia", "ola")
    source = imported(target_name="From JumpCloud")
    run(source)
    inside = acme.groups.get(display_name="From JumpCloud").memberships
    assert inside.count() == 3 and run(source).counts["same"] == 3

    jumpcloud.part("Staff", "mia")
    run(source)
    assert {each.member.email for each in inside.all()} == {"nia@acme.test", "ola@acme.test"}

    ids = [group_id for group_id, _name in source.groups]
    setting_up.set_rules(acme, make.as_owner(acme), source.pk, Rules("HQ", ids, target_name="Elsewhere"))
    run(source)
    assert inside.count() == 0 and acme.groups.get(display_name="Elsewhere").memberships.count() == 2


def test_a_group_that_scim_keeps_is_no_target(acme: Team, jumpcloud: JumpCloud) -> None:
    pushed = make.group(acme, "Pushed", make.who(acme, "mia"))
    jumpcloud.join("Staff", "nia")

    with pytest.raises(setting_up.Invalid, match="your identity provider keeps it"):
        draft(acme, jumpcloud, target_id=str(pushed.pk))


def test_an_imports_own_group_is_no_group_of_scims(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported(target_name="From JumpCloud")
    run(source)
    make.scim_on(acme)

    assert [each.display_name for each in setting_up.targets(make.fresh(acme))] == ["From JumpCloud"]
    groups.remove(acme, make.as_owner(acme), acme.groups.get().pk)


def test_a_target_that_was_removed_stops_nothing(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported(target_name="Short")
    run(source)
    groups.remove(acme, make.as_owner(acme), acme.groups.get().pk)
    jumpcloud.join("Staff", "ola")

    assert run(source).counts["new"] == 1


def test_another_target_is_filled_also_where_the_former_one_was_removed(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "ola")
    source = imported(target_name="Short")
    run(source)
    groups.remove(acme, make.as_owner(acme), acme.groups.get().pk)
    ids = [group_id for group_id, _name in source.groups]

    setting_up.set_rules(acme, make.as_owner(acme), source.pk, Rules("HQ", ids, target_name="Long"))
    run(source)

    assert acme.groups.get(display_name="Long").memberships.count() == 2


def test_who_presses_twice_begins_one_run(acme: Team, jumpcloud: JumpCloud) -> None:
    jumpcloud.join("Staff", "nia")
    source = draft(acme, jumpcloud)
    switching.try_out(acme, make.as_owner(acme), source.pk)

    with pytest.raises(switching.Conflict):
        switching.try_out(acme, make.as_owner(acme), source.pk)
    assert source.runs.count() == 1


# ── A dry run ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_dry_run_tells_everything_and_writes_nothing(acme: Team, jumpcloud: JumpCloud) -> None:
    seats.resize(acme, make.BY_OPERATOR, 4)
    make.scim_on(acme)
    seats.resize(acme, make.BY_OPERATOR, 5)
    make.provisioned(acme, "sam@acme.test")
    jumpcloud.join("Staff", "nia", "ola", "mia", "sam", "olga")
    source = draft(acme, jumpcloud)
    before = journal.numbers(acme)

    told = trial(acme, source)

    assert told.state == State.LOOKED
    assert told.counts == {"skipped": 0, "new": 1, "over": 1, "met": 1, "scim": 1, "owners": 1}
    assert journal.numbers(acme) == before and active(acme) == CAST | {"sam"}
    assert source.ties.count() == 0 and source.due_at is None


# ── Running by itself ────────────────────────────────────────────────────────────────────────────────────────────────
def test_it_is_due_again_by_its_schedule(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported(every="day")
    ended = run(source)

    assert source.due_at is not None and ended.finished_at is not None
    assert 23.9 * 3600 < (source.due_at - ended.finished_at).total_seconds() < 24.1 * 3600
    ids = [group_id for group_id, _name in source.groups]
    setting_up.set_rules(acme, make.as_owner(acme), source.pk, Rules("HQ", ids, every="never"))
    run(source)
    assert source.due_at is None


def test_paused_it_does_nothing_and_resumed_it_runs(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported()
    run(source)
    switching.pause(acme, make.as_owner(acme), source.pk)
    jumpcloud.join("Staff", "ola")

    source.refresh_from_db()
    assert source.due_at is None and run(source).counts["new"] == 1
    assert "ola" not in active(acme)
    with pytest.raises(switching.NotReady):
        switching.run_now(acme, make.as_owner(acme), source.pk)
    switching.resume(acme, make.as_owner(acme), source.pk)
    run(source)

    assert "ola" in active(acme)


def test_a_run_that_is_cancelled_half_way_keeps_what_is_done(
    acme: Team, jumpcloud: JumpCloud, imported: Import
) -> None:
    jumpcloud.join("Staff", "nia", "ola", "pat")
    source = imported(unassigns=True)
    run(source)
    jumpcloud.part("Staff", "nia")
    jumpcloud.join("Staff", "quin")
    half = run(source, times=2)

    switching.cancel(acme, make.as_owner(acme), source.pk, half.pk)
    half.refresh_from_db()

    assert half.state == State.CANCELLED and active(acme) == CAST | {"ola", "pat"}
    assert run(source).counts["new"] == 1


def test_removing_it_removes_nobody(acme: Team, jumpcloud: JumpCloud, imported: Import) -> None:
    jumpcloud.join("Staff", "nia")
    source = imported(unassigns=True, target_name="From JumpCloud")
    run(source)

    switching.remove(acme, make.as_owner(acme), source.pk)

    assert "nia" in active(acme) and acme.groups.get().memberships.count() == 1
    assert not DirectoryImport.every_team.exists() and not Tie.every_team.exists()
    assert Event.every_team.get(kind="directory_import.removed").data == {"people": 1}


def test_only_admins_act_and_a_stranger_finds_nothing(acme: Team, globex: Team, jumpcloud: JumpCloud) -> None:
    jumpcloud.join("Staff", "nia")
    source = draft(acme, jumpcloud)
    mia, greg = make.by(make.who(acme, "mia")), make.as_owner(globex)
    access = Access("practice", KEY)
    acts: list[Any] = [
        lambda team, by: switching.enable(team, by, source.pk), lambda team, by: switching.pause(team, by, source.pk),
        lambda team, by: switching.resume(team, by, source.pk), lambda team, by: switching.remove(team, by, source.pk),
        lambda team, by: switching.run_now(team, by, source.pk),
        lambda team, by: switching.try_out(team, by, source.pk),
        lambda team, by: switching.confirm(team, by, source.pk, 1),
        lambda team, by: switching.cancel(team, by, source.pk, 1),
        lambda team, by: setting_up.replace_key(team, by, source.pk, access, []),
        lambda team, by: setting_up.read_groups(team, by, source.pk),
        lambda team, by: setting_up.set_rules(team, by, source.pk, Rules("x", ["y"])),
    ]  # fmt: skip

    for act in acts:
        with pytest.raises(setting_up.policy.NotAllowed):
            act(acme, mia)
        with pytest.raises(setting_up.Missing):
            act(globex, greg)


def test_the_key_lies_sealed_and_in_no_event(acme: Team, jumpcloud: JumpCloud) -> None:
    jumpcloud.join("Staff", "nia")
    source = draft(acme, jumpcloud)

    with make.transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT * FROM directories_directoryimport")
        raw = str(cursor.fetchall())
    assert KEY not in raw and KEY not in str(list(Event.every_team.values()))
    assert DirectoryImport.every_team.get(pk=source.pk).key == KEY
