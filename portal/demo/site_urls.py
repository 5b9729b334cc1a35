"""The practice IdP's URLs."""

from django.urls import path, re_path

from portal.demo import site

urlpatterns = [
    path("", site.directory, name="directory"),
    path("metadata", site.metadata, name="metadata"),
    path("sso", site.sign_on, name="sso"),
    path("answer", site.answer, name="answer"),
    path("sign-out", site.sign_out, name="sign_out"),
    path("connect", site.connect, name="connect"),
    path("test", site.test, name="test"),
    path("push/<int:count>", site.push_some, name="push_some"),
    re_path(r"^person/(?P<verb>push|activate|deactivate|delete)$", site.change, name="change"),
]
