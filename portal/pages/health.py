"""Whether this process lives, whether it can serve, and its numbers."""

import hmac

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from portal import metrics
from portal.proxy import InTheClear, require_https

CHALLENGE = {"WWW-Authenticate": 'Bearer realm="metrics"'}


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers and is migrated."""
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503, headers={"Retry-After": "5"})
    if behind:
        return JsonResponse({"status": "migrations are missing: run ./dev manage migrate"}, status=503)
    return JsonResponse({"status": "ok"})


@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """Prometheus's page, for whoever knows METRICS_TOKEN; there is none without one."""
    if not settings.METRICS_TOKEN:
        raise Http404
    try:
        require_https(request)
    except InTheClear as refusal:
        return HttpResponse(f"{refusal}\n", "text/plain", refusal.status)
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    # As bytes: what is no ASCII can't be compared as text.
    known = hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    if scheme.lower() != "bearer" or not known:
        return HttpResponse("Send METRICS_TOKEN as a bearer token.\n", "text/plain", 401, headers=CHALLENGE)
    return HttpResponse(metrics.page(), CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})
