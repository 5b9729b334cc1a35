"""Single sign-on's URLs: what identity providers use, and the panel."""

from django.urls import path

from sso import slo, views
from sso.panel import again, given, keys, log, mapping, overview, people, setup, switches, trust, wizard

app_name = "sso"
PANEL = "settings/security/authentication/sso/"
SETUP = "setup/<uuid:link_id>/sso/"

urlpatterns = [
    path("sso/<str:slug>/login", views.login_page, name="login"),
    path("sso/<str:slug>/acs", views.acs, name="acs"),
    path("sso/<str:slug>/finish", views.finish, name="finish"),
    path("sso/<str:slug>/metadata", views.metadata_page, name="metadata"),
    path("sso/<str:slug>/slo", slo.slo, name="slo"),
    path(PANEL, overview.panel, name="panel"),
    path(f"{PANEL}connection/", trust.save, name="save"),
    path(f"{PANEL}metadata/", trust.upload, name="upload"),
    path(f"{PANEL}idp-initiated/", trust.idp_initiated, name="idp_initiated"),
    path(f"{PANEL}jit/", switches.jit, name="jit"),
    path(f"{PANEL}test/", switches.test, name="test"),
    path(f"{PANEL}on/", switches.turn_on, name="turn_on"),
    path(f"{PANEL}off/", switches.turn_off, name="turn_off"),
    path(f"{PANEL}again/", again.set_strict, name="again"),
    path(f"{PANEL}enforce/", switches.enforce, name="enforce"),
    path(f"{PANEL}relax/", switches.relax, name="relax"),
    path(f"{PANEL}connect/chosen/", wizard.choose, name="choose"),
    path(f"{PANEL}connect/look/", given.look, name="look"),
    path(f"{PANEL}connect/take/", given.take, name="take"),
    path(f"{PANEL}connect/<slug:step>/", wizard.page, name="wizard"),
    path(f"{PANEL}attributes/", mapping.mapping, name="mapping"),
    path(f"{PANEL}attributes/save/", mapping.save, name="mapping_save"),
    path(f"{PANEL}subjects/<uuid:subject_id>/confirm/", people.confirm, name="confirm"),
    path(f"{PANEL}members/<uuid:member_id>/link-again/", people.link_again, name="link_again"),
    path(f"{PANEL}keys/", keys.page, name="keys"),
    path(f"{PANEL}keys/make/", keys.make, name="key_make"),
    path(f"{PANEL}keys/protocol/", keys.save_protocol, name="protocol"),
    path(f"{PANEL}keys/<uuid:key_id>/certificate.pem", keys.download, name="key_download"),
    path(f"{PANEL}keys/<uuid:key_id>/current/", keys.make_current, name="key_current"),
    path(f"{PANEL}keys/<uuid:key_id>/remove/", keys.remove, name="key_remove"),
    path(f"{PANEL}keys/certificates/add/", keys.add_theirs, name="certificate_add"),
    path(f"{PANEL}keys/certificates/<uuid:certificate_id>/remove/", keys.remove_theirs, name="certificate_remove"),
    path(SETUP, setup.page, name="setup"),
    path(f"{SETUP}connection/", setup.save, name="setup_save"),
    path(f"{SETUP}metadata/", setup.upload, name="setup_upload"),
    path(f"{SETUP}test/", setup.test, name="setup_test"),
    path(f"{SETUP}propose/", setup.propose, name="setup_propose"),
    path("setup/<uuid:link_id>/log/sign-ins/", setup.log, name="setup_log"),
    path("log/sign-ins/", log.log, name="log"),
    path("log/sign-ins/new/", log.new, name="log_new"),
    path("log/sign-ins/csv/", log.csv, name="log_csv"),
    path("log/sign-ins/jsonl/", log.jsonl, name="log_jsonl"),
]
