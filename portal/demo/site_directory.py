"""The practice directory's own API, as JumpCloud has one: people and groups for a directory import, opened by a key."""

import secrets

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.demo.directory_api import Directory, User, UserGroup
from portal.demo.site_frame import done
from portal.demo.state import State, opened, read
from portal.demo.wire import Outcome


def directory_of(state: State) -> Directory:
    """The practice people and groups as JumpCloud would tell of them; whoever is deactivated is suspended."""
    users = [
        User(each.account, each.email, each.given_name, each.family_name, each.label, suspended=not each.active)
        for each in state.people
    ]
    ids = {person.user_name: user.id for person, user in zip(state.people, users, strict=True)}
    groups = [UserGroup(each.name, [ids[name] for name in each.members if name in ids]) for each in state.groups]
    return Directory(state.api_key, {user.id: user for user in users}, groups)


@require_GET
def api(request: HttpRequest, path: str) -> HttpResponse:
    """Answer a call of the API."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    reply = directory_of(read()).answer(f"api/{path}", request.GET.dict(), headers)
    return JsonResponse(reply.body, status=reply.status, headers=dict(reply.headers), safe=False)


@require_POST
def reset_key(request: HttpRequest) -> HttpResponse:
    """Make another key; the present one opens nothing any more."""
    with opened() as state:
        state.api_key = f"jca_practice_{secrets.token_hex(12)}"
    words = _("There is another API key now. An import with the former one is refused from now on.")
    return done(request, "application", Outcome(True, words))
