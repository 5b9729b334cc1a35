"""The addresses of the webhook pages."""

from django.urls import path

from portal.pages.webhooks import acts, deliveries, endpoint, listed

ONE = "<uuid:endpoint_id>/"
urlpatterns = [
    path("", listed.webhooks, name="webhooks"),
    path("add/", listed.add, name="webhook_add"),
    path(ONE, endpoint.show, name="webhook"),
    path(f"{ONE}change/", endpoint.change, name="webhook_change"),
    path(f"{ONE}rotate/", endpoint.rotate, name="webhook_rotate"),
    path(f"{ONE}pause/", acts.pause, name="webhook_pause"),
    path(f"{ONE}resume/", acts.resume, name="webhook_resume"),
    path(f"{ONE}skip/", acts.resume_from_now, name="webhook_resume_from_now"),
    path(f"{ONE}remove/", acts.remove, name="webhook_remove"),
    path(f"{ONE}test/", acts.test, name="webhook_test"),
    path(f"{ONE}resend-failed/", acts.resend_failed, name="webhook_resend_failed"),
    path(f"{ONE}deliveries/", deliveries.newest, name="webhook_deliveries"),
    path(f"{ONE}deliveries/<uuid:delivery_id>/", deliveries.one, name="webhook_delivery"),
    path(f"{ONE}deliveries/<uuid:delivery_id>/resend/", acts.resend, name="webhook_resend"),
]
