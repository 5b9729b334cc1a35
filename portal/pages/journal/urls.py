"""Addresses of the audit log."""

from django.urls import path

from portal.pages.journal import page

urlpatterns = [
    path("", page.audit, name="audit"),
    path("export.csv", page.csv, name="audit_csv"),
    path("export.jsonl", page.jsonl, name="audit_jsonl"),
]
