"""A worker that is killed in the middle of an import: nobody is lost, added twice or mailed twice."""

import json
import os
import signal

import pytest

from tests import servers

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
PEOPLE = 2500
SEND = f"""
from portal.imports import looking, run
from portal.outbound import work
from portal.teams.models import Team
from tests import make
team = make.acme(seats={PEOPLE + 10})
olga = make.who(team, "olga")
rows = ["email,first name"] + [f"p{{n}}@acme.test,P{{n}}" for n in range({PEOPLE})]
sent = looking.send(team, olga.pk, "Olga", "people.csv", chr(10).join(rows).encode())
run.confirm(team, make.by(olga), sent.pk, seal=looking.seal(sent), all_or_none=False, mail=True)
"""
# One process waits for both: what a worker commits is seen at once.
UNTIL_SOME = """
import time
from portal.teams.models import Member
give_up = time.monotonic() + 60
while Member.every_team.count() <= 3 and time.monotonic() < give_up:
    time.sleep(0.02)
"""
# The lease of a dead worker runs out by itself; here nobody waits for it.
LET_GO = """
from django.utils import timezone
from portal.imports.models import Import
from portal.teams.models import Member
Import.every_team.update(due_at=timezone.now(), leased_until=None)
print(Member.every_team.count())
"""
TELL = """
import json, time
from portal.imports.models import Import, ImportRow
from portal.teams import invariants
from portal.teams.models import Event, Letter, Member, Team
give_up = time.monotonic() + 60
while (upload := Import.every_team.defer("data").get()).at_work and time.monotonic() < give_up:
    time.sleep(0.1)
print(json.dumps({
    "state": upload.state, "counts": upload.counts, "members": Member.every_team.count(),
    "events": Event.every_team.filter(kind="member.added", door="csv").count(),
    "letters": Letter.objects.filter(kind="seated").count(),
    "rows": ImportRow.every_team.filter(done=True, seated=True).exclude(member_id=None).count(),
    "findings": [str(finding) for finding in invariants.check(Team.every_team.get())],
}))
"""


def test_a_killed_worker_loses_nobody_and_adds_nobody_twice(database_url: str) -> None:
    servers.python(database_url, SEND)

    with servers.worker(database_url) as first:
        servers.python(database_url, UNTIL_SOME)
        os.killpg(first.pid, signal.SIGKILL)
    between = int(servers.python(database_url, LET_GO).split()[-1])
    with servers.worker(database_url):
        told = json.loads(servers.python(database_url, TELL).strip().splitlines()[-1])

    assert 3 < between < PEOPLE + 3, "the first worker did all of it, or nothing"
    assert told == {
        "state": "done", "counts": {"new": PEOPLE, "left": 0}, "members": PEOPLE + 3, "events": PEOPLE,
        "letters": PEOPLE, "rows": PEOPLE, "findings": [],
    }  # fmt: skip
