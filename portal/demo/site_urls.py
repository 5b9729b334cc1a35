"""The practice IdP's URLs."""

from django.urls import path, re_path

from portal.demo import site_application, site_directory, site_people, site_sign_on, site_sign_out, site_webhooks
from portal.demo.answers import CASES

CASE = "|".join(CASES)

urlpatterns = [
    path("", site_people.directory, name="directory"),
    path("push/<int:count>", site_people.push_some, name="push_some"),
    path("over-push", site_people.over_push, name="over_push"),
    path("person/push", site_people.push, name="push"),
    path("person/rename", site_people.rename, name="rename"),
    path("person/activate", site_people.activate, name="activate"),
    path("person/deactivate", site_people.deactivate, name="deactivate"),
    path("person/delete", site_people.delete, name="delete"),
    path("sign-out", site_people.sign_out, name="sign_out"),
    path("groups", site_people.show_groups, name="groups"),
    path("groups/ask", site_people.ask_for_groups, name="ask_for_groups"),
    path("groups/push", site_people.push_group, name="push_group"),
    path("groups/detach", site_people.detach_group, name="detach_group"),
    path("groups/join", site_people.join, name="join"),
    path("groups/part", site_people.part, name="part"),
    path("application", site_application.application, name="application"),
    path("application/connect", site_application.connect, name="connect"),
    path("application/dialect", site_application.speak, name="speak"),
    path("application/test", site_application.test, name="test"),
    path("application/import", site_application.import_people, name="import"),
    path("application/api-key", site_directory.reset_key, name="reset_api_key"),
    path("api/<path:path>", site_directory.api, name="directory_api"),
    path("metadata", site_application.metadata, name="metadata"),
    path("log", site_application.log, name="log"),
    path("log/clear", site_application.clear_log, name="clear_log"),
    path("single-sign-on", site_sign_on.single_sign_on, name="single_sign_on"),
    path("single-sign-on/replay", site_sign_on.replay, name="replay"),
    re_path(rf"^single-sign-on/(?P<key>{CASE})$", site_sign_on.begin, name="begin"),
    path("webhooks", site_webhooks.webhooks, name="webhooks"),
    path("webhooks/secret", site_webhooks.set_secret, name="webhook_secret"),
    path("webhooks/in", site_webhooks.receive, name="webhook_in"),
    path("sso", site_sign_on.sign_on, name="sso"),
    path("single-sign-on/sign-out", site_sign_out.sign_out_everywhere, name="sign_out_everywhere"),
    path("slo", site_sign_out.slo, name="slo"),
    path("answer", site_sign_on.answer, name="answer"),
]
