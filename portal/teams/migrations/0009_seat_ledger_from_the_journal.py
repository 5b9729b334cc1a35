from collections import defaultdict
from datetime import UTC

from django.db import migrations
from django.db.models import Count

SEATED = {"member.assigned": True, "owner.set": True, "member.unassigned": False, "member.removed": False}


def now_active(event):
    """Say whether an event left its subject active; None where it did not touch that."""
    if event.kind in SEATED:
        return SEATED[event.kind]
    if event.kind == "member.added":
        return bool(event.data.get("active", True))
    changed = (event.data.get("changes") or {}).get("active") if event.kind.startswith("member.") else None
    return changed[1] if changed else None


def replay(events):
    """Read a journal from its first event on; returns [seated, freed, bought, last_at] for each day and actor."""
    rows, active = defaultdict(lambda: [0, 0, 0, None]), set()
    for event in events.iterator(chunk_size=2000):
        after = now_active(event)
        moved = event.data.get("after", 0) - event.data.get("before", 0) if event.kind == "seats.resized" else 0
        turned = after is not None and after != (event.subject_id in active)
        if not moved and not turned:
            continue
        row = rows[event.at.astimezone(UTC).date(), event.door, event.actor_id, event.actor]
        if turned:
            (active.add if after else active.discard)(event.subject_id)
            row[0 if after else 1] += 1
        row[2] += moved
        row[3] = event.at
    return rows


def fill(apps, schema_editor):
    """Give each team the ledger that its journal tells; what the journal no longer knows stands on the first day."""
    teams, seats, events, days = (
        apps.get_model("teams", name)._base_manager for name in ("Team", "Seat", "Event", "SeatDay")
    )
    for team in teams.filter(closed_at=None).iterator():
        rows = replay(events.filter(team=team, refused=False).order_by("number"))
        now = seats.filter(team=team).aggregate(bought=Count("id"), assigned=Count("member"))
        missing = now["assigned"] - sum(row[0] - row[1] for row in rows.values())
        unsold = now["bought"] - sum(row[2] for row in rows.values())
        if missing or unsold:
            row = rows[team.created_at.astimezone(UTC).date(), "system", "", "Seatgate"]
            row[0], row[1], row[2], row[3] = max(missing, 0), max(-missing, 0), unsold, team.created_at
        made = [
            days.model(team=team, day=day, door=door, actor_id=actor_id, actor=actor, seated=row[0], freed=row[1],
                       bought=row[2], last_at=row[3])
            for (day, door, actor_id, actor), row in rows.items()
        ]  # fmt: skip
        days.bulk_create(made, batch_size=500)


class Migration(migrations.Migration):
    """Data only, so that PostgreSQL has no pending trigger events when it makes the table's indexes."""

    dependencies = [
        ('teams', '0008_seat_ledger'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
