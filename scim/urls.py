"""SCIM's URLs, under /scim/v2 and under /scim/v2/<tenant id>, each with and without a slash at the end; the panel."""

from django.urls import path, re_path

from scim.panel import groups as panel_groups
from scim.panel import log, overview, people, setup, switches, wizard
from scim.views import bulk, discovery, groups, search, users

app_name = "scim"
LOG = "log/provisioning/"
PANEL = "settings/security/authentication/scim/"
# The plain base comes first, so that `/Users/Users` is an id and not a tenant called Users.
BASES = (r"^scim/v2", r"^scim/v2/(?P<tenant>[^/]+)")
ENDPOINTS = (
    (r"/Users/?\Z", users.UserList),
    (r"/Users/\.search/?\Z", search.UserSearch),
    (r"/Users/(?P<id>[^/]+)/?\Z", users.UserDetail),
    (r"/Groups/?\Z", groups.GroupList),
    (r"/Groups/\.search/?\Z", search.GroupSearch),
    (r"/Groups/(?P<id>[^/]+)/?\Z", groups.GroupDetail),
    (r"/ServiceProviderConfig/?\Z", discovery.ServiceProviderConfig),
    (r"/Schemas(?:/(?P<id>[^/]+))?/?\Z", discovery.Schemas),
    (r"/ResourceTypes(?:/(?P<id>[^/]+))?/?\Z", discovery.ResourceTypes),
    (r"/Bulk/?\Z", bulk.Bulk),
    (r"/\.search/?\Z", search.RootSearch),
    (r"/Me/?\Z", discovery.Me),
)

urlpatterns = [
    *(re_path(base + rest, view.as_view()) for base in BASES for rest, view in ENDPOINTS),
    # Nothing under /scim is answered in HTML: here too a tenant that is not the token's is 401.
    re_path(r"^scim/v2/(?P<tenant>[0-9a-fA-F-]{36})/.+\Z", discovery.NotThere.as_view()),
    re_path(r"^/*scim(?:/|\Z)", discovery.NotThere.as_view()),
    path(PANEL, overview.panel, name="panel"),
    path(f"{PANEL}on/", switches.turn_on, name="turn_on"),
    path(f"{PANEL}off/", switches.turn_off, name="turn_off"),
    path(f"{PANEL}rotate/", switches.rotate, name="rotate"),
    path(f"{PANEL}tokens/<uuid:token_id>/revoke/", switches.revoke, name="revoke"),
    path(f"{PANEL}connect/", wizard.connect, name="connect"),
    path(f"{PANEL}connect/heard/", wizard.live, name="heard"),
    path(f"{PANEL}connect/listen/", wizard.listen, name="listen"),
    path(f"{PANEL}people/", people.preview, name="people"),
    path(f"{PANEL}people/choose/", people.choose, name="unassign_look"),
    path(f"{PANEL}people/unassign/", people.unassign, name="unassign"),
    path(f"{PANEL}groups/on/", panel_groups.turn_on, name="groups_on"),
    path(f"{PANEL}groups/off/", panel_groups.turn_off, name="groups_off"),
    path("setup/<uuid:link_id>/scim/", setup.page, name="setup"),
    path("setup/<uuid:link_id>/scim/ask/", setup.ask, name="setup_ask"),
    path("setup/<uuid:link_id>/scim/collect/", setup.collect, name="setup_collect"),
    path("setup/<uuid:link_id>/log/provisioning/", setup.log, name="setup_log"),
    path(LOG, log.log, name="log"),
    path(f"{LOG}new/", log.new, name="log_new"),
    path(f"{LOG}export.csv", log.csv, name="log_csv"),
    path(f"{LOG}export.jsonl", log.jsonl, name="log_jsonl"),
]
