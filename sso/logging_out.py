"""Single logout from beginning to end: which sessions end because the identity provider says so, and telling it."""

from django.utils import timezone

from portal.teams import access
from portal.teams.actor import Door
from portal.teams.models import Entry, Team
from sso import asking, logout, memory
from sso import connection as connections
from sso.errors import NotGenuine
from sso.logout import Logout
from sso.models import Purpose, SsoConnection, Subject

ENDED = "single_logout"
LONGEST_RELAY_STATE = 80


def received(connection: SsoConnection, query: str) -> Logout:
    """Judge what came by HTTP-Redirect, and use it up; NotGenuine for what is not believed or was here before."""
    try:
        said = logout.from_query(connections.trust(connection), query, timezone.now())
    except NotGenuine:
        raise
    except Exception as error:
        raise NotGenuine("unreadable", found=type(error).__name__) from error
    memory.admit_logout(connection, said.id, said.until, said.in_response_to)
    return said


def posted(connection: SsoConnection, name: str, value: str, relay_state: str) -> Logout:
    """Judge what came by HTTP-POST, and use it up; NotGenuine for what is not believed or was here before."""
    try:
        said = logout.from_form(connections.trust(connection), name, value, relay_state, timezone.now())
    except NotGenuine:
        raise
    except Exception as error:
        raise NotGenuine("unreadable", found=type(error).__name__) from error
    memory.admit_logout(connection, said.id, said.until, said.in_response_to)
    return said


def end_sessions(connection: SsoConnection, asked: Logout) -> int:
    """End the sessions a request names, in whatever browser: found by NameID and SessionIndex, not by cookie."""
    entries = Entry.every_team.filter(connection_id=connection.pk, door=Door.SSO, name_id=asked.name_id)
    if asked.session_indexes:
        entries = entries.filter(session_index__in=asked.session_indexes)
    return access.end(connection.team, entries, ENDED)


def answer(connection: SsoConnection, asked: Logout) -> str:
    """Return the address that tells the identity provider that it is done; "" where it gave none."""
    trust = connections.trust(connection)
    if not trust.idp_slo_url or not trust.sp_keys:
        return ""
    short = asked.relay_state if len(asked.relay_state.encode()) <= LONGEST_RELAY_STATE else ""
    kept = Logout(asked.kind, asked.id, short, asked.until)
    return logout.response(trust, response_id=asking.new_request_id(), at=timezone.now(), asked=kept)


def onward(team: Team, entry: Entry) -> str:
    """Return where a browser that just signed out here goes to sign out at its identity provider; "" where nowhere."""
    connection = connections.of(team)
    if entry.door != Door.SSO or entry.connection_id != connection.pk or not connections.is_live(connection):
        return ""
    trust = connections.trust(connection)
    if not trust.idp_slo_url or not trust.sp_keys:
        return ""
    # The answer changes nothing, so it is bound to no browser.
    subject = Subject.every_team.filter(connection=connection, member=entry.member, name_id=entry.name_id).first()
    request = memory.remember_request(connection, asking.new_request_id(), "/", Purpose.LOGOUT, None)
    return logout.request(
        trust, request_id=request.pk, at=timezone.now(), name_id=entry.name_id,
        name_id_format=subject.name_id_format if subject else "", session_index=entry.session_index,
        relay_state=request.pk,
    )  # fmt: skip
