"""What the demo adds to the portal."""

from django.urls import path

from portal.demo import outbox

urlpatterns = [path("outbox/", outbox.outbox, name="outbox")]
