"""Plan and seats, below `settings/plan/`."""

from django.urls import path

from portal.pages.plan import page

urlpatterns = [
    path("", page.plan, name="plan"),
    path("ledger.csv", page.ledger_csv, name="plan_ledger_csv"),
]
