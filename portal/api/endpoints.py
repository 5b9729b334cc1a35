"""The API's addresses: what is served, described, and walked by the tests."""

from django.urls import URLPattern, path

from portal.api.views import changing, events, members, team

BASE = "api/v1/"

ENDPOINTS: list[URLPattern] = [
    path(f"{BASE}seat-check", team.SeatCheck.as_view(), name="seat_check"),
    path(f"{BASE}members/<uuid:member_id>/seat-check", team.MemberSeatCheck.as_view(), name="member_seat_check"),
    path(f"{BASE}team", team.TeamView.as_view(), name="team"),
    path(f"{BASE}teams", team.TeamList.as_view(), name="teams"),
    path(f"{BASE}waiting", team.WaitingList.as_view(), name="waiting"),
    path(f"{BASE}members", changing.Members.as_view(), name="members"),
    path(f"{BASE}members/<uuid:member_id>", members.MemberDetail.as_view(), name="member"),
    path(f"{BASE}members/<uuid:member_id>/assign", changing.Assign.as_view(), name="assign"),
    path(f"{BASE}members/<uuid:member_id>/unassign", changing.Unassign.as_view(), name="unassign"),
    path(f"{BASE}members/<uuid:member_id>/role", changing.SetRole.as_view(), name="role"),
    path(f"{BASE}members/<uuid:member_id>/sign-out", changing.SignOut.as_view(), name="sign_out"),
    path(f"{BASE}groups", members.GroupList.as_view(), name="groups"),
    path(f"{BASE}groups/<uuid:group_id>", members.GroupDetail.as_view(), name="group"),
    path(f"{BASE}events", events.EventList.as_view(), name="events"),
]
