"""Single sign-on's URLs: what identity providers use, and the panel."""

from django.urls import path

from sso import panel, views

app_name = "sso"
PANEL = "settings/security/authentication/sso/"

urlpatterns = [
    path("sso/<str:slug>/login", views.login_page, name="login"),
    path("sso/<str:slug>/acs", views.acs, name="acs"),
    path("sso/<str:slug>/finish", views.finish, name="finish"),
    path("sso/<str:slug>/metadata", views.metadata_page, name="metadata"),
    path(PANEL, panel.panel, name="panel"),
    path(f"{PANEL}connection/", panel.save, name="save"),
    path(f"{PANEL}metadata/", panel.upload, name="upload"),
    path(f"{PANEL}idp-initiated/", panel.idp_initiated, name="idp_initiated"),
    path(f"{PANEL}jit/", panel.jit, name="jit"),
    path(f"{PANEL}test/", panel.test, name="test"),
    path(f"{PANEL}on/", panel.turn_on, name="turn_on"),
    path(f"{PANEL}off/", panel.turn_off, name="turn_off"),
    path(f"{PANEL}enforce/", panel.enforce, name="enforce"),
    path(f"{PANEL}relax/", panel.relax, name="relax"),
    path(f"{PANEL}subjects/<uuid:subject_id>/confirm/", panel.confirm, name="confirm"),
    path(f"{PANEL}members/<uuid:member_id>/link-again/", panel.link_again, name="link_again"),
    path("log/sign-ins/", panel.log, name="log"),
]
