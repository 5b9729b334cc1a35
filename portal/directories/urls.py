"""Directory import, below `settings/security/directory-import/`."""

from django.urls import path

from portal.directories.pages import acts, listed, one

ONE = "<uuid:import_id>/"
RUN = f"{ONE}runs/<int:run_id>/"
urlpatterns = [
    path("", listed.directories, name="directories"),
    path("add/", listed.add, name="directory_add"),
    path("add/check/", listed.check, name="directory_check"),
    path(ONE, one.show, name="directory"),
    path(f"{ONE}progress/", one.progress, name="directory_progress"),
    path(f"{ONE}key/", listed.key, name="directory_key"),
    path(f"{ONE}key/replace/", listed.replace_key, name="directory_key_replace"),
    path(f"{ONE}rules/", listed.rules, name="directory_rules"),
    path(f"{ONE}rules/set/", listed.set_rules, name="directory_rules_set"),
    path(f"{ONE}groups/read/", listed.read_groups, name="directory_groups_read"),
    path(f"{ONE}try/", acts.try_out, name="directory_try"),
    path(f"{ONE}enable/", acts.enable, name="directory_enable"),
    path(f"{ONE}run/", acts.run_now, name="directory_run_now"),
    path(f"{ONE}pause/", acts.pause, name="directory_pause"),
    path(f"{ONE}resume/", acts.resume, name="directory_resume"),
    path(f"{ONE}remove/", acts.remove, name="directory_remove"),
    path(RUN, one.one_run, name="directory_run"),
    path(f"{RUN}confirm/", acts.confirm, name="directory_run_confirm"),
    path(f"{RUN}cancel/", acts.cancel, name="directory_run_cancel"),
]
