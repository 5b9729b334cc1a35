"""Where the operators' pages are."""

from django.urls import path

from portal.operators import aid, overview, plan, requests, staff, teams, work

app_name = "operators"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("teams/", teams.teams, name="teams"),
    path("closed/", teams.closed, name="closed"),
    path("create/", plan.create, name="create"),
    path("teams/<slug:slug>/", teams.team, name="team"),
    path("teams/<slug:slug>/seats/", plan.set_seats, name="seats"),
    path("teams/<slug:slug>/plan/", plan.set_plan, name="plan"),
    path("teams/<slug:slug>/owner/", aid.set_owner, name="owner"),
    path("teams/<slug:slug>/release/", aid.release, name="release"),
    path("teams/<slug:slug>/domain/", aid.vouch, name="vouch"),
    path("teams/<slug:slug>/link/", aid.link, name="link"),
    path("teams/<slug:slug>/delete/", plan.delete, name="delete"),
    path("requests/", requests.requests, name="requests"),
    path("requests/<uuid:request_id>/", requests.request, name="request"),
    path("requests/<uuid:request_id>/grant/", requests.grant, name="grant"),
    path("requests/<uuid:request_id>/decline/", requests.decline, name="decline"),
    path("work/", work.work, name="work"),
    path("work/<str:name>/<uuid:key>/revive/", work.revive, name="revive"),
    path("staff/", staff.staff, name="staff"),
]
