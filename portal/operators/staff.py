"""Who the operators are. They are named at the machine (`create_operator`): no page makes one."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from portal.operators import frame
from portal.operators.door import OperatorRequest, operator_page
from portal.teams import factors
from portal.teams.models import User


@require_GET
@operator_page()
def staff(request: OperatorRequest) -> HttpResponse:
    """List the operators, and who of them has a second factor: without one these pages open to nobody."""
    found = list(User.objects.filter(is_operator=True).order_by("email_key"))
    armed = factors.have([user.pk for user in found])
    rows = [{"user": user, "armed": user.pk in armed} for user in found]
    return frame.show(request, "operators/staff.html", {"staff": rows})
