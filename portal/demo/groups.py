"""What the practice IdP does to groups at the application: push one with its members, detach it."""

from django.utils.translation import gettext as _

from portal.demo.dialects import Document
from portal.demo.dialects.call import Members
from portal.demo.state import Group, State
from portal.demo.wire import Outcome, Reply, Wire


def push(state: State, group: Group) -> Outcome:
    """Create the group where the application has none, then send the membership that changed."""
    wire = Wire(state, _("Push group %(name)s") % {"name": group.name})
    if not state.serves_groups:
        return Outcome(False, _("Groups are not served by this application."))
    pushed = [person for person in state.people if person.user_name in group.members and person.scim_id]
    wanted = {person.scim_id: person.label for person in pushed}
    problem = "" if group.scim_id else _find_or_create(wire, group, wanted)
    if not problem:
        reply = _send_members(wire, group, wanted)
        if reply is not None and reply.status == 404:
            # Removed at the application meanwhile: begin anew.
            group.scim_id, group.sent = "", []
            problem = _find_or_create(wire, group, wanted)
            reply = None if problem else _send_members(wire, group, wanted)
        problem = problem or (reply.problem if reply else "")
    if problem:
        return Outcome(False, problem)
    words = _("%(name)s was pushed with %(count)s members. Members who are not pushed yet were left out.")
    return Outcome(True, words % {"name": group.name, "count": len(wanted)})


def _find_or_create(wire: Wire, group: Group, wanted: Members) -> str:
    look_up = wire.dialect.group_look_up(group.name)
    found = wire.send(look_up) if look_up else None
    if found is not None and (found.problem or found.hits):
        return found.problem or _take(group, found.hits[0])
    call = wire.dialect.group_create(group.name, wanted)
    made = wire.send(call)
    if made.problem or not made.id:
        return made.problem or _("The new group came back without an id.")
    group.scim_id = made.id
    group.sent = list(wanted) if call.body and call.body.get("members") else []
    return ""


def _take(group: Group, found: Document) -> str:
    group.scim_id, group.sent = str(found["id"]), []
    return ""


def _send_members(wire: Wire, group: Group, wanted: Members) -> Reply | None:
    add = {each: label for each, label in wanted.items() if each not in group.sent}
    remove = [each for each in group.sent if each not in wanted]
    for check in wire.dialect.member_checks(group.scim_id, add):
        wire.send(check)
    call = wire.dialect.group_change(group.scim_id, group.name, add, remove)
    reply = wire.send(call) if call else None
    if reply is None or not reply.problem:
        group.sent = list(wanted)
    return reply


def detach(state: State, group: Group) -> Outcome:
    """Take the group off the application, the way the dialect does it."""
    wire = Wire(state, _("Detach group %(name)s") % {"name": group.name})
    if not group.scim_id:
        return Outcome(False, _("Push %(name)s first.") % {"name": group.name})
    call = wire.dialect.group_detach(group.scim_id, group.name)
    reply = wire.send(call)
    if reply.problem and reply.status != 404:
        return Outcome(False, reply.problem)
    group.sent = []
    if call.method == "DELETE" or reply.status == 404:
        group.scim_id = ""
    return Outcome(True, _("%(name)s was detached.") % {"name": group.name})
