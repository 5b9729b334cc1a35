"""The deed of each act, by the act's name: something that truly changes the team."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.api import keys as api_keys
from portal.imports import run as imports
from portal.imports.models import State
from portal.outbound.webhooks import endpoints
from portal.teams import (
    batches,
    domains,
    errands,
    founding,
    groups,
    links,
    notice_rules,
    owners,
    plans,
    policy,
    proofs,
    refused,
    rescue,
    roster,
    seat_requests,
    seats,
    setup,
    time_zone,
    waiting,
)  # fmt: skip
from portal.teams.actor import Role
from portal.teams.errors import NoSeatsLeft
from portal.teams.models import Scope
from portal.teams.verdicts import Person
from scim import listening, switch, tokens
from sso import again, certificates, connection, identity, keys, proposals
from tests import make
from tests.proof import deeds, directories, stages
from tests.proof.stages import Prepare, a, pk, vendor, who

HOOK = "https://product.example.com/hook"


def new(_team: object) -> Any:
    """Somebody nobody knows."""
    return {"user_name": "nia@acme.test", "email": "nia@acme.test"}


def mias(**more: Any) -> Any:
    """What is said of somebody."""
    return lambda _team: more


DEEDS: dict[str, Prepare] = {
    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────
    "portal.teams.roster.add": a(roster.add, new),
    "portal.teams.roster.provision": deeds.provision,
    "portal.teams.roster.assign": a(roster.assign, new),
    "portal.teams.roster.assign_again": a(roster.assign_again, pk(stages.gone)),
    "portal.teams.roster.arrive": a(roster.arrive, new, by=make.sso),
    "portal.teams.roster.come_back": deeds.come_back,
    "portal.teams.roster.allow_return": deeds.allow_return,
    "portal.teams.roster.update": a(roster.update, who("mia"), mias(display_name="M", active=False)),
    "portal.teams.roster.unassign": a(roster.unassign, who("mia")),
    "portal.teams.roster.remove": a(roster.remove, who("mia")),
    "portal.teams.batches.admit": a(batches.admit, lambda _team: [Person("nia@acme.test"), Person("ola@acme.test")]),
    "portal.teams.batches.assign_again": a(batches.assign_again, lambda team: [stages.gone(team).pk]),
    "portal.teams.batches.take_back": a(batches.take_back, lambda team: [make.who(team, "mia").pk]),
    "portal.teams.errands.begin": a(errands.begin, stages.everybody),
    "portal.teams.errands._do": deeds.do_errand,
    "portal.teams.waiting.seat": a(waiting.seat, pk(stages.waits)),
    "portal.teams.waiting.dismiss": a(waiting.dismiss, lambda team: [stages.waits(team).pk]),
    "portal.teams.seats.dismiss": a(seats.dismiss, lambda team: str(stages.waits(team).pk)),
    # ── Owners and roles ─────────────────────────────────────────────────────────────────────────────────────────────
    "portal.teams.owners.set_role": a(owners.set_role, who("mia"), lambda _team: Role.ADMIN),
    "portal.teams.owners.suspend": a(owners.suspend, who("mia")),
    "portal.teams.owners.unsuspend": a(owners.unsuspend, pk(deeds.suspended)),
    "portal.teams.owners.sign_out": a(owners.sign_out, who("mia")),
    "portal.teams.owners.sign_out_all": a(owners.sign_out_all, lambda team: [make.who(team, "mia")]),
    "portal.teams.owners.sign_out_elsewhere": deeds.sign_out_elsewhere,
    "portal.teams.owners.end_own_session": a(owners.end_own_session, lambda team: stages.inside(team, "olga").pk),
    "portal.teams.owners.end_session": deeds.end_session,
    "portal.teams.owners.hold": deeds.hold,
    "portal.teams.owners.set_sign_in_email": a(owners.set_sign_in_email, who("adam"), "adam@new.test"),
    "portal.teams.founding.crown": a(founding.crown, "nia@acme.test", "locked out", by=vendor()),
    "portal.teams.founding.close": a(founding.close, by=vendor()),
    "portal.teams.rescue.make": a(rescue.make),
    "portal.teams.rescue.save": deeds.save_codes,
    "portal.teams.rescue._use": deeds.use_code,
    "portal.teams.links.make_break_glass": a(links.make_break_glass, "olga@acme.test", "IdP down", by=vendor()),
    "portal.teams.links._record": a(links._record, lambda team: make.who(team, "mia"), "help", by=vendor()),
    "portal.teams.links._record_use": deeds.break_glass,
    "portal.teams.second_rule.want": deeds.want_second,
    # ── What was bought ──────────────────────────────────────────────────────────────────────────────────────────────
    "portal.teams.seats.resize": a(seats.resize, 12, by=vendor()),
    "portal.teams.seat_requests.ask": a(seat_requests.ask, 2),
    "portal.teams.seat_requests.retract": deeds.retract,
    "portal.teams.seat_requests.grant": a(seat_requests.grant, pk(stages.asked), 2, by=vendor()),
    "portal.teams.seat_requests.decline": a(seat_requests.decline, pk(stages.asked), "No.", by=vendor()),
    "portal.teams.plans.change": a(plans.change, by=vendor(), scim=False),
    "portal.teams.policy.entitle": a(policy.entitle, by=vendor(), sso=False),
    # ── Switches ─────────────────────────────────────────────────────────────────────────────────────────────────────
    "portal.teams.policy.turn_sso_on": a(policy.turn_sso_on),
    "portal.teams.policy.turn_sso_off": deeds.after(make.sso_on, a(policy.turn_sso_off)),
    "portal.teams.policy.enforce": deeds.after(make.sso_on, a(policy.enforce)),
    "portal.teams.policy.relax": deeds.after(make.enforced, a(policy.relax, "broken")),
    "portal.teams.policy.set_session_hours": a(policy.set_session_hours, 2),
    "portal.teams.policy.set_jit": a(policy.set_jit, False),
    "portal.teams.policy.turn_scim_on": deeds.after(make.sso_on, a(policy.turn_scim_on)),
    "portal.teams.policy.turn_scim_off": deeds.after(stages.on, a(policy.turn_scim_off)),
    "portal.teams.policy.serve_groups": a(policy.serve_groups, False),
    "portal.teams.time_zone.set_zone": a(time_zone.set_zone, "Europe/Berlin"),
    "portal.teams.notice_rules.choose": a(notice_rules.choose, "seats_full", "owners", [], mail=False, in_page=True),
    # ── Domains and setup links ──────────────────────────────────────────────────────────────────────────────────────
    "portal.teams.domains.claim": a(domains.claim, "acme.test"),
    "portal.teams.domains.verify": a(domains.verify, pk(stages.seen)),
    "portal.teams.domains.vouch": a(domains.vouch, "acme.test", by=vendor()),
    "portal.teams.domains.remove": a(domains.remove, pk(stages.proved)),
    "portal.teams.domains.allow_outside": a(domains.allow_outside),
    "portal.teams.domains.refuse_outside": deeds.outside,
    "portal.teams.proofs._miss": a(proofs._miss, pk(stages.proved)),
    "portal.teams.proofs._restore": a(
        proofs._restore, lambda team: stages.proved(team, missing_since=timezone.now()).pk
    ),
    "portal.teams.proofs._lapse": deeds.lapse,
    "portal.teams.setup.make": a(setup.make, [Scope.SCIM], 24),
    "portal.teams.setup._claim": deeds.claim,
    "portal.teams.setup.revoke": a(setup.revoke, pk(stages.linked)),
    "portal.teams.setup.draft": deeds.save_draft,
    "portal.teams.setup.propose": deeds.propose,
    "portal.teams.setup.confirm": a(setup.confirm, lambda team: stages.proposed(team)[1].pk),
    "portal.teams.setup.decline": a(setup.decline, lambda team: stages.proposed(team)[1].pk),
    # ── The journal ──────────────────────────────────────────────────────────────────────────────────────────────────
    "portal.teams.refused._record": a(refused._record, NoSeatsLeft("Acme", 3), "nia@acme.test"),
    "portal.teams.refused.record_unseated": a(refused.record_unseated, ["nia@acme.test"]),
    "portal.teams.retention._purge_through": deeds.purge,
    # ── The directory ────────────────────────────────────────────────────────────────────────────────────────────────
    "portal.teams.groups.create": deeds.after(
        stages.on, a(groups.create, lambda _team: {"display_name": "Staff"}, by=make.scim)
    ),
    "portal.teams.groups.update": deeds.fill,
    "portal.teams.groups.remove": a(groups.remove, pk(deeds.group), by=make.scim),
    "portal.teams.groups.set_role": a(groups.set_role, pk(deeds.group), lambda _team: Role.ADMIN),
    "scim.switch.turn_on": deeds.after(make.sso_on, a(switch.turn_on)),
    "scim.switch.turn_off": deeds.after(stages.on, a(switch.turn_off)),
    "scim.tokens.rotate": deeds.after(stages.on, a(tokens.rotate)),
    "scim.tokens.revoke": a(tokens.revoke, pk(stages.token)),
    "scim.listening.open_for": a(listening.open_for, "okta"),
    "scim.requested._collect": deeds.collect,
    # ── Single sign-on ───────────────────────────────────────────────────────────────────────────────────────────────
    "sso.connection.configure": deeds.configure,
    "sso.connection.configure_from_metadata": a(connection.configure_from_metadata, deeds.metadata_of),
    "sso.connection.set_idp_initiated": deeds.after(make.draft_idp, a(connection.set_idp_initiated, "refused")),
    "sso.connection.turn_on": deeds.after(make.draft_idp, a(connection.turn_on)),
    "sso.connection.enforce": deeds.after(make.connect_idp, a(connection.enforce, without_test=True)),
    "sso.again.set_strict": deeds.strict,
    "sso.again._record": a(again._record, lambda team: make.who(team, "mia")),
    "sso.certificates.add": deeds.add_certificate,
    "sso.certificates.remove": a(certificates.remove, pk(deeds.certificate)),
    "sso.drafts.save": deeds.save_sso_draft,
    "sso.expiry._tell": deeds.tell_of_end,
    "sso.identity._arrive": deeds.arrive,
    "sso.identity.confirm": a(identity.confirm, lambda team: str(deeds.subject(team).pk)),
    "sso.identity.permit_link": a(identity.permit_link, lambda team: str(make.who(team, "adam").pk)),
    "sso.keys.make": deeds.after(make.draft_idp, a(keys.make)),
    "sso.keys.make_current": a(keys.make_current, pk(deeds.next_key)),
    "sso.keys.remove": a(keys.remove, pk(deeds.next_key)),
    "sso.proposals.choose": a(proposals.choose, "okta"),
    "sso.proposals.keep_up": deeds.keep_up,
    # ── Lists, the API and webhooks ──────────────────────────────────────────────────────────────────────────────────
    "portal.imports.run.confirm": deeds.confirm_import,
    "portal.imports.run.cancel": a(imports.cancel, pk(deeds.upload)),
    "portal.imports.run.take_back": a(imports.take_back, pk(deeds.done)),
    "portal.imports.run._end": a(imports._end, deeds.running, State.DONE),
    "portal.api.keys.make": a(api_keys.make, "Product", ["members:read"], None),
    "portal.api.keys.revoke": a(
        api_keys.revoke, lambda team: api_keys.make(team, stages.olga(team), "Product", ["members:read"], None)[1].pk
    ),
    "portal.api.views.changing._unless_changed": deeds.change_role,
    "portal.outbound.webhooks.endpoints.add": a(endpoints.add, "Product", HOOK),
    "portal.outbound.webhooks.endpoints.change": a(endpoints.change, pk(deeds.endpoint), "Other", HOOK, []),
    "portal.outbound.webhooks.endpoints.rotate": a(endpoints.rotate, pk(deeds.endpoint)),
    "portal.outbound.webhooks.endpoints.pause": a(endpoints.pause, pk(deeds.endpoint)),
    "portal.outbound.webhooks.endpoints.resume": a(endpoints.resume, pk(deeds.paused)),
    "portal.outbound.webhooks.endpoints.remove": a(endpoints.remove, pk(deeds.endpoint)),
    "portal.outbound.webhooks.endpoints.test": a(endpoints.test, pk(deeds.endpoint)),
    "portal.outbound.webhooks.endpoints.resend": deeds.resend,
    "portal.outbound.webhooks.endpoints.resend_failed": a(
        endpoints.resend_failed, pk(deeds.failed), lambda _team: timezone.now() - timedelta(days=1)
    ),
    "portal.outbound.webhooks.endpoints._stop": a(endpoints._stop, pk(deeds.endpoint), "410"),
    **directories.DEEDS,
}
