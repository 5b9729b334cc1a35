"""What admins do with the connection: configure, trust, turn on and off, enforce, relax."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import policy
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.compiled import Select
from portal.teams.errors import Invalid, NotReady
from portal.teams.letters import owners, post_all
from portal.teams.models import Member, Team
from sso import again, attempts, keys, metadata, saml
from sso.errors import BadMetadata
from sso.models import IdpCertificate, IdpInitiated, SsoConnection

CONFIGURED = Kind("sso.configured", gettext_lazy("{actor} changed the single sign-on connection"))
NOT_READ = Kind("sso.metadata_dropped", gettext_lazy("{url} is no longer read, for it would bring a certificate back"))
ANSWER_CHANGED = Kind(
    "sso.idp_initiated_changed", gettext_lazy("{actor} set sign-ins started at the identity provider to {after}")
)
TRUST = (
    "sp_entity_id", "idp_entity_id", "idp_sso_url", "signature_expected", "allow_sha1",
    "idp_slo_url", "require_encrypted", "sign_requests", "force_authn", "name_id_format", "metadata_url",
    "email_attribute", "first_name_attribute", "last_name_attribute",
)  # fmt: skip


NEEDED = ("sp_entity_id", "idp_entity_id", "idp_sso_url")
# With either of them people meet another identity provider.
WHO_ASKS = {"idp_entity_id", "idp_sso_url"}


def url(team: Team, page: str) -> str:
    """Return the absolute URL of one of a team's sign-on pages: login, acs, finish, metadata, slo."""
    return str(settings.BASE_URL) + reverse(f"sso:{page}", args=[team.slug])


def of(team: Team) -> SsoConnection:
    """Return the team's connection, an empty one where nothing was saved yet."""
    found = SsoConnection.every_team.filter(team=team).first()
    connection: SsoConnection = found or SsoConnection(team=team)
    connection.team = team
    return _named(connection)


def _named(connection: SsoConnection) -> SsoConnection:
    connection.sp_entity_id = connection.sp_entity_id or url(connection.team, "metadata")
    return connection


def of_slug(slug: str) -> SsoConnection | None:
    """Return the connection of an open team with its certificates, as they are at this moment, by one statement."""
    rows: list[IdpCertificate] = _BY_SLUG(slug)
    if rows:
        connection = rows[0].connection
        connection.read_with = rows
        return _named(connection)
    # Nothing to judge by: who is asked for metadata or by a draft has a connection all the same.
    team = Team.every_team.filter(slug=slug, closed_at=None).first()
    return of(team) if team else None


def _of_open_team(slug: str) -> Any:
    rows = IdpCertificate.every_team.filter(connection__team__slug=slug, connection__team__closed_at=None)
    return rows.select_related("connection__team").order_by("-not_after")


_BY_SLUG = Select(_of_open_team, str)


def certificates(connection: SsoConnection) -> list[IdpCertificate]:
    """Return the connection's certificates, the one that lasts longest first."""
    if connection.read_with is not None:
        return connection.read_with
    if connection._state.adding:
        return []
    return list(IdpCertificate.every_team.filter(connection=connection).order_by("-not_after"))


def is_complete(connection: SsoConnection) -> bool:
    """Say whether everything is there to judge and to ask the identity provider."""
    return bool(connection.idp_entity_id and connection.idp_sso_url and certificates(connection))


def is_live(connection: SsoConnection) -> bool:
    """Say whether the team signs in by this connection."""
    return connection.team.sso_on and is_complete(connection)


def trust(connection: SsoConnection) -> saml.Trust:
    """Return what `saml` judges this connection's messages by."""
    return saml.Trust(
        idp_entity_id=connection.idp_entity_id,
        idp_sso_url=connection.idp_sso_url,
        idp_certificates=tuple(row.pem for row in certificates(connection)),
        sp_entity_id=connection.sp_entity_id,
        acs_url=url(connection.team, "acs"),
        signature_expected=connection.signature_expected,  # type: ignore[arg-type]  # the column's choices
        allow_sha1=connection.allow_sha1,
        name_id_format=connection.name_id_format,
        require_encrypted=connection.require_encrypted,
        idp_slo_url=connection.idp_slo_url,
        slo_url=url(connection.team, "slo"),
        sp_keys=keys.private(connection),
        sign_requests=connection.sign_requests,
        force_authn=connection.force_authn,
    )


@act
def configure(act: Act, /, *, pems: Sequence[str] | None = None, **values: Any) -> SsoConnection:
    """Write the connection: any of TRUST, and the whole list of certificates. Live trust is an owner's to change."""
    policy.require_feature(act.team, "sso")
    policy.require(act.by, Role.OWNER if act.team.sso_on else Role.ADMIN)
    connection = of(act.team)
    before = {name: getattr(connection, name) for name in TRUST}
    old_prints = [row.fingerprint for row in certificates(connection)]
    infos = [metadata.describe_certificate(pem) for pem in pems] if pems is not None else []
    new_prints = [info.fingerprint for info in infos] if pems is not None else old_prints
    # The next daily look would bring back what is taken away here, a stolen key's certificate perhaps.
    unread = "metadata_url" not in values and connection.metadata_url if set(old_prints) - set(new_prints) else ""
    values |= {"metadata_url": ""} if unread else {}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed and set(new_prints) == set(old_prints):
        return connection
    if act.team.sso_on and not new_prints:
        raise Invalid(_("Single sign-on is on: keep at least one certificate."))
    if act.team.sso_on and any(changed.get(name) == "" for name in NEEDED):
        raise Invalid(_("Single sign-on is on: issuer, sign-on URL and entity ID can't be empty."))
    for name, value in changed.items():
        setattr(connection, name, value)
    if WHO_ASKS & changed.keys():
        again.fall_back(act, connection)
    connection.trust_version += 0 if connection._state.adding else 1
    connection.save()
    if pems is not None:
        _keep(connection, pems, infos)
    _note_source(connection, changed, named=bool(pems and values.get("metadata_url")))
    keys.make_if_needed(act, connection)
    act.record(CONFIGURED, changed=sorted(changed), certificates_before=old_prints, certificates_after=new_prints)
    if unread:
        act.record(NOT_READ, url=unread)
    if act.team.sso_on and set(new_prints) != set(old_prints):
        post_all("sso_certificates", owners(act.team), team=act.team.name, by=act.by.label)
    return connection


def _keep(connection: SsoConnection, pems: Sequence[str], infos: Sequence[metadata.CertificateInfo]) -> None:
    rows = IdpCertificate.every_team.filter(connection=connection)
    rows.exclude(fingerprint__in=[info.fingerprint for info in infos]).delete()
    kept = set(rows.values_list("fingerprint", flat=True))
    for pem, info in zip(pems, infos, strict=True):
        if info.fingerprint not in kept:
            kept.add(info.fingerprint)
            keep_certificate(connection, pem)


def _note_source(connection: SsoConnection, changed: Mapping[str, Any], *, named: bool) -> None:
    """Forget what the former metadata address named; certificates taken together with an address are from there."""
    rows = IdpCertificate.every_team.filter(connection=connection)
    if "metadata_url" in changed:
        rows.update(from_metadata=False, gone_at=None)
        connection.metadata_problem = ""
        connection.save()
    if named:
        rows.update(from_metadata=True)


def keep_certificate(connection: SsoConnection, pem: str, *, from_metadata: bool = False) -> None:
    """Write one certificate of the identity provider."""
    info = metadata.describe_certificate(pem)
    IdpCertificate.every_team.create(
        connection=connection, pem=pem, fingerprint=info.fingerprint, subject=info.subject[:500],
        not_before=info.not_before, not_after=info.not_after, from_metadata=from_metadata,
    )  # fmt: skip


@act
def configure_from_metadata(act: Act, text: bytes | str) -> SsoConnection:
    """Take issuer, URLs and certificates from an IdP's metadata; what it does not say of logout and signing stays."""
    try:
        pems, values = from_metadata(text)
    except ValueError as error:
        raise Invalid(str(error)) from error
    return configure(act.team, act.by, pems=pems, **values)


def from_metadata(text: bytes | str) -> tuple[Sequence[str], dict[str, Any]]:
    """Read the certificates, and what of TRUST an IdP's metadata says; BadMetadata where it can't be used."""
    found = metadata.read(text)
    if found.valid_until is not None and found.valid_until < timezone.now():
        raise BadMetadata(metadata.ran_out(found.valid_until))
    more: dict[str, Any] = {"idp_slo_url": found.slo_url} if found.slo_url else {}
    more |= {"sign_requests": True} if found.want_authn_requests_signed else {}
    return found.certificates, {"idp_entity_id": found.entity_id, "idp_sso_url": found.sso_url, **more}


@act
def set_idp_initiated(act: Act, answer: str) -> None:
    """Choose what an unsolicited response leads to (spec rule 20)."""
    policy.require(act.by, Role.OWNER if act.team.sso_on else Role.ADMIN)
    if answer not in IdpInitiated.values:
        raise Invalid(_("Choose converted, accepted or refused."))
    connection = of(act.team)
    if connection.idp_initiated != answer:
        connection.idp_initiated = answer
        connection.save()
        act.record(ANSWER_CHANGED, after=answer)


@act
def turn_on(act: Act) -> None:
    """Open the team to its identity provider, once the connection is complete."""
    if not is_complete(of(act.team)):
        raise NotReady(_("Give the identity provider's issuer, sign-on URL and certificate first."))
    policy.turn_sso_on(act.team, act.by)


@act
def enforce(act: Act, *, without_test: bool = False) -> None:
    """Enforce SSO, after the enforcing owner's own test sign-in of the last hour; operators may go without."""
    if not without_test and not _tested(act):
        raise NotReady(
            _("Test the connection first: sign in once by “Test” with this configuration, within the last hour.")
        )
    policy.enforce(act.team, act.by)


def _tested(act: Act) -> bool:
    connection = of(act.team)
    return act.by.member_id is not None and attempts.tested(connection, Member.of(act.team, act.by.member_id))
