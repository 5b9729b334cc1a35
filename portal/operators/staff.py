"""Who the operators are. They are named at the machine (`create_operator`): no page makes one."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from portal.operators import frame
from portal.operators.door import OperatorRequest, operator_page
from portal.teams.models import User


@require_GET
@operator_page()
def staff(request: OperatorRequest) -> HttpResponse:
    """List the operators."""
    found = User.objects.filter(is_operator=True).order_by("email_key")
    return frame.show(request, "operators/staff.html", {"staff": list(found)})
