"""What the demo adds to the portal."""

from django.urls import path

from portal.demo import outbox, style

urlpatterns = [
    path("outbox/", outbox.outbox, name="outbox"),
    path("outbox/<uuid:letter_id>/", outbox.open_letter, name="outbox_letter"),
    path("outbox/<uuid:letter_id>/html/", outbox.letter_html, name="outbox_html"),
    path("style/", style.style, name="style"),
]
