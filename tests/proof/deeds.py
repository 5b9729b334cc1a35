"""Deeds that need a few lines: acts on stages of their own."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from portal.api.views import changing
from portal.imports import looking
from portal.imports import run as imports
from portal.outbound.webhooks import endpoints
from portal.outbound.webhooks import models as webhooks
from portal.teams import (
    domains,
    errands,
    groups,
    links,
    owners,
    proofs,
    rescue,
    retention,
    roster,
    seat_requests,
    second_rule,
    setup,
)  # fmt: skip
from portal.teams.actor import Role
from portal.teams.models import Scope, Team
from scim import requested
from sso import again, certificates, connection, drafts, expiry, identity, keys, metadata, proposals
from sso.attributes import Person as Arriving
from sso.models import SsoConnection, Subject
from tests import make
from tests.proof import stages
from tests.proof.stages import Deed, Prepare, a, olga, who


def upload(team: Team) -> Any:
    """A list of one new person, looked over."""
    member = make.who(team, "olga")
    return looking.send(team, member.pk, member.label, "people.csv", b"email\nnia@acme.test\n")


def confirm_import(team: Team) -> Deed:
    """Begin an import as it was shown."""
    sent = upload(team)
    return lambda: imports.confirm(team, olga(team), sent.pk, seal=looking.seal(sent), all_or_none=False, mail=True)


def running(team: Team) -> Any:
    """An import that was begun."""
    return confirm_import(team)()


def done(team: Team) -> Any:
    """An import that gave a seat."""
    found = running(team)
    while imports.run(found) is not None:
        pass
    return found


def endpoint(team: Team) -> Any:
    """A webhook."""
    return endpoints.add(team, olga(team), "Product", "https://product.example.com/hook")


def paused(team: Team) -> Any:
    """A webhook that gets nothing for now."""
    made = endpoint(team)
    endpoints.pause(team, olga(team), made.pk)
    return made


def failed(team: Team) -> Any:
    """A webhook with a delivery that failed."""
    made = endpoint(team)
    row = endpoints.trial(made, timezone.now())
    row.state, row.number = webhooks.State.FAILED, 1
    row.save()
    return made


def resend(team: Team) -> Deed:
    """Send a failed delivery again."""
    made = failed(team)
    row = made.deliveries.get()
    return lambda: endpoints.resend(team, olga(team), made.pk, row.pk)


def group(team: Team) -> Any:
    """A pushed group with Mia in it."""
    return make.group(team, "Staff", make.who(team, "mia"))


def do_errand(team: Team) -> Deed:
    """Do the first batch of an errand."""
    errand = errands.begin(team, olga(team), stages.everybody(team))
    return lambda: errands._do(team, olga(team), errand)


def use_code(team: Team) -> Deed:
    """Use a rescue code."""
    code = stages.with_codes(team)
    return lambda: rescue._use(team, olga(team), code)


def claim(team: Team) -> Deed:
    """Open a setup link in a first browser."""
    link = stages.linked(team)
    return lambda: setup._claim(team, setup.actor(link), link.pk, "d" * 64, "10.0.0.1", "A browser")


def propose(team: Team) -> Deed:
    """Propose a draft."""
    link, draft = stages.drafted(team)
    return lambda: setup.propose(team, setup.actor(link), link.pk, draft.pk)


def save_draft(team: Team) -> Deed:
    """Save a draft of SCIM."""
    link = stages.linked(team)
    return lambda: setup.draft(team, setup.actor(link), link.pk, Scope.SCIM, {})


def save_sso_draft(team: Team) -> Deed:
    """Save a draft of single sign-on."""
    link = stages.linked(team, Scope.SSO)
    values = {"idp_entity_id": "https://idp.test", "idp_sso_url": "https://idp.test/sso"}
    return lambda: drafts.save(team, setup.actor(link), link.pk, [], **values)


def collect(team: Team) -> Deed:
    """Fetch the token of a confirmed draft."""
    link, draft = stages.proposed(team)
    setup.confirm(team, olga(team), draft.pk)
    return lambda: requested._collect(team, setup.actor(link, Role.ADMIN), link, draft.pk)


def come_back(team: Team) -> Deed:
    """Mia may return, and does."""
    make.enforced(team)
    mia = stages.gone(team)
    roster.allow_return(team, olga(team), mia.pk)
    return lambda: roster.come_back(team, make.sso(team), mia.pk)


def allow_return(team: Team) -> Deed:
    """Let Mia return."""
    make.enforced(team)
    mia = stages.gone(team)
    return lambda: roster.allow_return(team, olga(team), mia.pk)


def want_second(team: Team) -> Deed:
    """Want a second factor, as an owner who has one."""
    Team.every_team.filter(pk=team.pk).update(second_factor="privileged")
    return lambda: second_rule.want(team, olga(team), "nobody")


def arrive(team: Team) -> Deed:
    """A first sign-in by single sign-on."""
    make.connect_idp(team)
    found = connection.of(team)
    arriving = Arriving("nia@acme.test", "nia@acme.test", "", "")
    return lambda: identity._arrive(team, make.sso(team), found, arriving)


def subject(team: Team, name: str = "mia") -> Any:
    """A known identity of one of the cast, not confirmed."""
    make.connect_idp(team)
    found = connection.of(team)
    return Subject.every_team.create(
        connection=found, idp_entity_id=found.idp_entity_id, name_id="x", member=make.who(team, name)
    )  # fmt: skip


def certificate(team: Team) -> Any:
    """The only certificate of a draft connection."""
    make.draft_idp(team)
    return connection.certificates(connection.of(team))[0]


def tell_of_end(team: Team) -> Deed:
    """Tell of a certificate that ends."""
    make.connect_idp(team)
    found = connection.of(team)
    ending = next(iter(expiry.every(found)))
    return lambda: expiry._tell(team, olga(team), found, ending, 30)


def next_key(team: Team) -> Any:
    """The next key of a connection that has a current one."""
    make.draft_idp(team)
    keys.make(team, olga(team))
    return keys.make(team, olga(team))


def strict(team: Team) -> Deed:
    """Demand a fresh sign-in of an identity provider that a test has shown to ask."""
    make.connect_idp(team)
    SsoConnection.every_team.filter(team=team).update(asks_again=True)
    return lambda: again.set_strict(team, olga(team), True)


def keep_up(team: Team) -> Deed:
    """The metadata names another certificate."""
    make.draft_idp(team)
    SsoConnection.every_team.filter(team=team).update(metadata_url="https://idp.test/metadata")
    other = make.idp_of("acme-anew")
    found = metadata.read(make.PracticeIdp(*_as_before(team), other.key, other.certificate).metadata())
    return lambda: proposals.keep_up(team, olga(team), found, "https://idp.test/metadata")


def _as_before(team: Team) -> tuple[str, str]:
    return make.idp_of(team.slug).entity_id, make.idp_of(team.slug).sso_url


def metadata_of(team: Team) -> bytes:
    """The identity provider's metadata."""
    return bytes(make.idp_of(team.slug).metadata())


def configure(team: Team) -> Deed:
    """Change a value of a connection."""
    make.draft_idp(team)
    return lambda: connection.configure(team, olga(team), idp_sso_url="https://idp.test/other")


def add_certificate(team: Team) -> Deed:
    """Add a second certificate."""
    make.draft_idp(team)
    return lambda: certificates.add(team, olga(team), make.idp_of("acme-anew").certificate_pem)


def change_role(team: Team) -> Deed:
    """Through the API, while the version is the one that was read."""
    mia = make.who(team, "mia").pk
    return lambda: changing._unless_changed(team, olga(team), mia, lambda _row: True, roster.unassign)


def purge(team: Team) -> Deed:
    """Forget the journal's first two events."""
    return lambda: retention._purge_through(team, olga(team), 2)


def sign_out_elsewhere(team: Team) -> Deed:
    """Olga is in by another browser too."""
    stages.inside(team, "olga")
    return lambda: owners.sign_out_elsewhere(team, olga(team), uuid4(), None)


def end_session(team: Team) -> Deed:
    """End Mia's session."""
    entry = stages.inside(team)
    return lambda: owners.end_session(team, olga(team), entry.member_id, entry.pk)


def hold(team: Team) -> Deed:
    """Hold the last owner."""
    return a(owners.hold, who("olga"), by=make.scim)(team)


def suspended(team: Team) -> Any:
    """Mia, suspended."""
    return make.suspend(team, make.who(team, "mia"))


def lapse(team: Team) -> Deed:
    """A domain whose record stayed away for long."""
    row = stages.proved(team, missing_since=timezone.now() - timedelta(days=30))
    return lambda: proofs._lapse(team, olga(team), row.pk)


def outside(team: Team) -> Deed:
    """Refuse addresses outside again."""
    domains.allow_outside(team, olga(team))
    return lambda: domains.refuse_outside(team, olga(team))


def break_glass(team: Team) -> Deed:
    """Record the use of a link."""
    return lambda: links._record_use(team, olga(team), make.who(team, "olga"))


def fill(team: Team) -> Deed:
    """Put Adam into a group."""
    found, adam = group(team), make.who(team, "adam").pk
    return lambda: groups.update(team, make.scim(team), found.pk, {}, groups.Change(add=[adam]))


def emptied(team: Team) -> Any:
    """A group that the directory emptied."""
    return make.group(team, "Staff")


def provision(team: Team) -> Deed:
    """The directory adopts Mia."""
    make.scim_on(team)
    return lambda: roster.provision(team, make.scim(team), {"user_name": "mlund", "email": "mia@acme.test"})


def after(stage: Any, prepare: Prepare) -> Prepare:
    """Set a stage first."""

    def prepared(team: Team) -> Deed:
        stage(team)
        return prepare(team)

    return prepared


def save_codes(team: Team) -> Deed:
    """Note that the codes are kept somewhere safe."""
    stages.with_codes(team)
    return lambda: rescue.save(team, olga(team))


def retract(team: Team) -> Deed:
    """Take the request for seats back."""
    stages.asked(team)
    return lambda: seat_requests.retract(team, olga(team))
