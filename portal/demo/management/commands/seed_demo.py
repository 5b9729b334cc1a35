"""Make the demo team, connected to the practice IdP. Everything is made through the acts, never by inserts."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from portal.demo.state import State, opened
from portal.teams import owners, roster
from portal.teams.actor import Actor, Door, Role
from portal.teams.models import Member, Team, User
from portal.teams.names import Profile

SLUG, SEATS, ALREADY = "northwind", 12, 8
OPERATOR = "otto@vendor.test"


class Command(BaseCommand):
    """seed_demo"""

    help = "Bring the demo's database up to date and make the demo team, once; running it again changes nothing."
    # `./dev up` waits for this command, and the server beside it does the checks.
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        """Migrate where something is to be migrated, then seed."""
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", verbosity=0)
        name_operator()
        if Team.every_team.filter(slug=SLUG).exists():
            return
        with opened() as state:
            state.forget_application()
            seed(state)
        self.stdout.write("Made the demo team Northwind: 12 seats, 8 people, connected to the practice IdP.")


def seed(state: State) -> None:
    """Make Northwind: an owner, an admin, an auditor and five members by hand, then SSO, then SCIM."""
    entitled = ["--plan", "enterprise", "--entitle", "sso", "scim"]
    ada = state.people[0]
    _command("create_team", SLUG, "--name", "Northwind", "--seats", str(SEATS), "--owner", ada.email, *entitled)
    team = Team.every_team.get(slug=SLUG)
    owner = Member.every_team.get(team=team, role=Role.OWNER)
    by = Actor(Door.DASHBOARD, ada.label, id=str(owner.pk), role=Role.OWNER, member_id=owner.pk)
    roster.update(team, by, owner.pk, {"given_name": ada.given_name, "family_name": ada.family_name})
    for person in state.people[1:ALREADY]:
        who: Profile = {
            "email": person.email,
            "given_name": person.given_name,
            "family_name": person.family_name,
        }
        made = roster.assign(team, by, who)
        role = {"ben": Role.ADMIN, "cleo": Role.AUDITOR}.get(person.email.partition("@")[0])
        if role is not None:
            owners.set_role(team, by, made.pk, role)
    _connect(state)


def name_operator() -> None:
    """Name the vendor's operator, with an authenticator app whose code the demo's pages show."""
    if not User.objects.filter(is_operator=True).exists():
        _command("create_operator", OPERATOR)
        TOTP.activate(User.objects.get(email_key=OPERATOR), generate_totp_secret())


def _connect(state: State) -> None:
    file = Path(settings.VAR_DIR) / "practice_idp_metadata.xml"
    file.write_bytes(state.idp().metadata())
    sso = _command("configure_sso", SLUG, "--metadata", str(file), "--jit")
    state.audience, state.acs_url = sso["sp_entity_id"], sso["acs_url"]
    scim = _command("enable_scim", SLUG)
    state.scim_url, state.scim_token = scim["tenant_base_url"], scim["token"]


def _command(*words: str) -> Any:
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())
