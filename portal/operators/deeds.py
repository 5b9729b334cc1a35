"""What an operator does to a team has a page each: what it will do, in numbers, and why; GET shows, POST acts.

Every deed is an act of the ground floor, the one its command calls; the reason goes into each event of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy

from portal.door import STATUS
from portal.operators import finding, frame
from portal.operators.door import OperatorRequest, acting
from portal.operators.teams import crumbs
from portal.teams import refused
from portal.teams.actor import Actor
from portal.teams.errors import Refusal

REASON_LENGTH = 500


class ReasonForm(forms.Form):
    """Why; every deed's form has it, as its last field."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("Stands in the team's journal: the team reads it."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields([name for name in self.fields if name != "reason"] + ["reason"])


@dataclass(frozen=True)
class Deed:
    """The words around a form: its title, what pressing the button does, the button, and why it is closed."""

    title: str
    button: str
    told: list[str] = field(default_factory=list)
    kind: str = "primary"
    closed: str = ""
    # What must be typed to confirm.
    confirm_text: str = ""


# Does it, for this actor, with what the form holds; returns what to tell, or a page of its own.
Do = Callable[[Actor, dict[str, Any]], "str | HttpResponse"]


def answer(request: OperatorRequest, deed: Deed, form: ReasonForm, do: Do) -> HttpResponse:
    """Show a deed's page, or do it and go on to the team."""
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            done = do(acting(request, form.cleaned_data["reason"]), form.cleaned_data)
        except Refusal as refusal:
            status = _refused(request, form, refusal)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return done if isinstance(done, HttpResponse) else _told(request, done)
    if form.errors and status == 200:
        status = 400
    context = {"deed": deed, "form": form, "crumbs": crumbs(request.team, deed.title)}
    return frame.show(request, "operators/deed.html", context, status)


def _refused(request: OperatorRequest, form: ReasonForm, refusal: Refusal) -> int:
    """Say no beside the form, with nothing lost of what was typed, and put it into the team's journal."""
    if request.team is not None:
        refused.record(request.team, request.by, refusal, path=request.path)
    form.add_error(None, str(refusal))
    return STATUS[refusal.sort]


def _told(request: OperatorRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    # A team that is closed has no page any more.
    open_team = finding.every().filter(pk=request.team.pk).exists() if request.team else False
    return redirect("operators:team", request.team.slug) if request.team and open_team else redirect("operators:teams")
