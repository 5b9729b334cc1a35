"""Plan and seats, below `settings/plan/`."""

from django.urls import path

from portal.pages.plan import page, requests

urlpatterns = [
    path("", page.plan, name="plan"),
    path("request/", requests.seat_request, name="seat_request"),
    path("request/ask/", requests.ask, name="seat_request_ask"),
    path("request/withdraw/", requests.withdraw, name="seat_request_withdraw"),
    path("ledger.csv", page.ledger_csv, name="plan_ledger_csv"),
]
