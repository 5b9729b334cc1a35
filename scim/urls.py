"""SCIM's URLs, under /scim/v2 and under /scim/v2/<tenant id>, each with and without a slash at the end; the panel."""

from django.urls import path, re_path

from scim import panel
from scim.views import discovery, users

app_name = "scim"
PANEL = "settings/security/authentication/scim/"
BASE = r"^scim/v2(?:/(?P<tenant>[^/]+))?"

urlpatterns = [
    re_path(BASE + r"/Users/?$", users.UserList.as_view()),
    re_path(BASE + r"/Users/(?P<id>[^/]+)/?$", users.UserDetail.as_view()),
    re_path(BASE + r"/ServiceProviderConfig/?$", discovery.ServiceProviderConfig.as_view()),
    re_path(BASE + r"/Schemas(?:/(?P<id>[^/]+))?/?$", discovery.Schemas.as_view()),
    re_path(BASE + r"/ResourceTypes(?:/(?P<id>[^/]+))?/?$", discovery.ResourceTypes.as_view()),
    re_path(BASE + r"/Me/?$", discovery.Me.as_view()),
    re_path(r"^scim/", discovery.NotThere.as_view()),
    path(PANEL, panel.panel, name="panel"),
    path(f"{PANEL}on/", panel.turn_on, name="turn_on"),
    path(f"{PANEL}off/", panel.turn_off, name="turn_off"),
    path(f"{PANEL}rotate/", panel.rotate, name="rotate"),
    path(f"{PANEL}tokens/<uuid:token_id>/revoke/", panel.revoke, name="revoke"),
    path("log/provisioning/", panel.log, name="log"),
]
