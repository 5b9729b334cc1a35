"""Where the operators' pages are."""

from django.urls import path

from portal.operators import aid, overview, plan, requests, staff, teams, webhooks, work

app_name = "operators"
ONE = "webhooks/<uuid:endpoint_id>/"
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
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/add/", webhooks.add, name="webhook_add"),
    path(ONE, webhooks.webhook, name="webhook"),
    path(f"{ONE}change/", webhooks.change, name="webhook_change"),
    path(f"{ONE}rotate/", webhooks.rotate, name="webhook_rotate"),
    path(f"{ONE}pause/", webhooks.pause, name="webhook_pause"),
    path(f"{ONE}resume/", webhooks.resume, name="webhook_resume"),
    path(f"{ONE}skip/", webhooks.resume_from_now, name="webhook_resume_from_now"),
    path(f"{ONE}remove/", webhooks.remove, name="webhook_remove"),
    path(f"{ONE}test/", webhooks.test, name="webhook_test"),
    path(f"{ONE}resend-failed/", webhooks.resend_failed, name="webhook_resend_failed"),
    path(f"{ONE}deliveries/", webhooks.newest, name="webhook_deliveries"),
    path(f"{ONE}deliveries/<uuid:delivery_id>/", webhooks.delivery, name="webhook_delivery"),
    path(f"{ONE}deliveries/<uuid:delivery_id>/resend/", webhooks.resend, name="webhook_resend"),
]
