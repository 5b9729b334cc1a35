"""The API's URLs: its endpoints, its document, and the page of its keys."""

from django.urls import path, re_path

from portal.api import document, panel
from portal.api.endpoints import BASE, ENDPOINTS
from portal.api.http import NotThere

app_name = "api"
KEYS = "settings/developers/"

urlpatterns = [
    *ENDPOINTS,
    path(f"{BASE}openapi.json", document.openapi, name="openapi"),
    path(f"{BASE}docs/", document.page, name="docs"),
    path(KEYS, panel.developers, name="developers"),
    path(f"{KEYS}keys/make/", panel.make, name="key_make"),
    path(f"{KEYS}keys/<uuid:key_id>/revoke/", panel.revoke, name="key_revoke"),
    # Nothing else under /api is answered in HTML.
    re_path(r"^api(?:/|\Z)", NotThere.as_view()),
]
