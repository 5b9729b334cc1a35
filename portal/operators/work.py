"""Background work as operators see it: whether the worker lives, and what it gave up."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from portal.operators import frame
from portal.operators.door import OperatorRequest, operator_page


@require_GET
@operator_page()
def work(request: OperatorRequest) -> HttpResponse:
    """Show what the worker does not get done."""
    return frame.show(request, "operators/work.html", {})
