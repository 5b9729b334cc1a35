"""The operators' own frame: their rail, and nothing of a team that the same browser may be in."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from portal.door import outside
from portal.frame import of_operator
from portal.operators.door import OperatorRequest


def show(
    request: OperatorRequest, template: str, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """Draw a page between the operators' rail and their menu."""
    frame = outside() | of_operator(request) | {"team": request.team}
    return render(request, template, frame | (context or {}), status=status)
