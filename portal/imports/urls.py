"""Pasted addresses and CSV files, below `members/`."""

from django.urls import path

from portal.imports import pages

urlpatterns = [
    path("add/", pages.paste, name="people_add"),
    path("add/read/", pages.read_pasted, name="people_read"),
    path("import/", pages.imports, name="imports"),
    path("import/upload/", pages.upload, name="import_upload"),
    path("import/sample.csv", pages.sample, name="import_sample"),
    path("import/<uuid:import_id>/", pages.detail, name="import"),
    path("import/<uuid:import_id>/progress/", pages.progress, name="import_progress"),
    path("import/<uuid:import_id>/refused.csv", pages.refused_rows, name="import_refused"),
    path("import/<uuid:import_id>/begin/", pages.begin, name="import_begin"),
    path("import/<uuid:import_id>/cancel/", pages.cancel, name="import_cancel"),
    path("import/<uuid:import_id>/take-back/", pages.take_back, name="import_take_back"),
]
