"""Notices: the list below `notices/`, the team's choice and a person's own in the settings."""

from django.urls import path

from portal.pages.notices import listed, mine, rules

urlpatterns = [
    path("notices/", listed.listed, name="notices"),
    path("notices/read/", listed.read_all, name="notices_read"),
    path("notices/<uuid:notice_id>/read/", listed.read, name="notice_read"),
    path("notices/<uuid:notice_id>/dismiss/", listed.dismiss, name="notice_dismiss"),
    path("settings/notices/", rules.settings, name="notice_rules"),
    path("settings/notices/<slug:name>/", rules.setting, name="notice_rule"),
    path("settings/notices/<slug:name>/set/", rules.choose, name="notice_rule_set"),
    path("settings/profile/notices/", mine.mine, name="my_notices"),
    path("settings/profile/notices/save/", mine.save, name="my_notices_save"),
]
