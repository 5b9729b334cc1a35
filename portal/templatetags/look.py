"""What the components need said in Python: initials, relative times, icons of states, form controls."""

import itertools
import re
from collections.abc import Iterator, Sized
from datetime import UTC, datetime, timedelta
from typing import cast

from django import template
from django.forms import BoundField
from django.http import QueryDict
from django.template import Context
from django.templatetags.static import static
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams.actor import ROLES, Role
from portal.teams.plan import Plan

register = template.Library()

# State is always icon + word + colour, so each kind of state has one icon wherever it is shown.
STATE_ICONS = {
    "ok": "check-circle-fill",
    "warn": "exclamation-triangle-fill",
    "bad": "x-circle-fill",
    "info": "info-circle-fill",
    "neutral": "dash-circle-fill",
    "wait": "hourglass-split",
    "todo": "circle",
}
# How a check of each state is drawn, and what is said of it aloud.
MARKS = {
    "ok": ("check-circle-fill", gettext_lazy("Done")),
    "bad": ("x-circle-fill", gettext_lazy("Failed")),
    "warn": ("exclamation-triangle-fill", gettext_lazy("Warning")),
    "wait": ("hourglass-split", gettext_lazy("Waiting")),
    "lock": ("lock-fill", gettext_lazy("Locked")),
    "todo": ("circle", gettext_lazy("To do")),
}
_DRAWN = '<svg class="sg-icon" focusable="false" aria-hidden="true"><use href="{}#i-{}"></use></svg>'
_SAID = '<svg class="sg-icon" focusable="false" role="img" aria-label="{}"><use href="{}#i-{}"></use></svg>'
_CHECK = '<li class="sg-check"><span class="sg-mark sg-mark-{}">{}</span><div><b>{}</b>{}</div></li>'
# Django's message levels, said in our kinds.
MESSAGE_KINDS = {"success": "ok", "warning": "warn", "error": "bad"}
CONTROL_CLASSES = {"select": "form-select", "selectmultiple": "form-select"}
CHOICE_WIDGETS = ("checkbox", "radioselect", "checkboxselectmultiple")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG_AGO = timedelta(days=30)


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw a symbol of icons.svg, named without its "i-"; `label` only where no word stands beside it."""
    place = static("portal/icons.svg")
    if label:
        return format_html(_SAID, label, place, name)
    return format_html(_DRAWN, place, name)


@register.simple_tag
def check(state: str, title: str, words: str = "", href: str = "") -> SafeString:
    """Draw what `c-check` does: in Python, for the sign-in log shows 700 of them, and a template each is slow."""
    named = format_html('<a href="{}">{}</a>', href, title) if href else title
    told = format_html('<div class="sg-check-words">{}</div>', words) if words.strip() else ""
    name, aloud = MARKS.get(state, MARKS["todo"])
    return format_html(_CHECK, state, icon(name, str(aloud)), named, told)


@register.filter
def initials(name: str) -> str:
    """Give one or two letters that stand for a person's name or e-mail address."""
    words = str(name or "").split("@", 1)[0].replace(".", " ").replace("_", " ").split()
    if not words:
        return "?"
    ends = words if len(words) == 1 else (words[0], words[-1])
    return "".join(word[0] for word in ends).upper()


@register.filter
def at_sign(address: str) -> SafeString:
    """Let a long e-mail address break before its @, rather than inside a word."""
    name, at, domain = str(address or "").rpartition("@")
    return format_html("{}<wbr>{}{}", name, at, domain) if name else format_html("{}", address or "")


@register.filter
def ago(at: datetime | None, now: datetime | None = None) -> str:
    """Say how far a moment is from now; further than 30 days off, say the date."""
    if at is None:
        return ""
    distance = (now or datetime.now(UTC)) - at
    if abs(distance) < MINUTE:
        return _("just now")
    if abs(distance) > LONG_AGO:
        return date_format(localtime(at), "DATE_FORMAT")
    words = _span(abs(distance))
    return _("%(span)s ago") % {"span": words} if distance > timedelta() else _("in %(span)s") % {"span": words}


def _span(distance: timedelta) -> str:
    if distance < HOUR:
        return _("%(count)d min") % {"count": distance // MINUTE}
    if distance < DAY:
        return _("%(count)d h") % {"count": distance // HOUR}
    days = distance // DAY
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


@register.filter
def grouped(figure: object) -> str:
    """Write the whole numbers of a figure as the language does: 10,000 in English."""
    return re.sub(r"\d{4,}", lambda found: number_format(int(found[0]), force_grouping=True), str(figure))


@register.filter
def iso(at: datetime | None) -> str:
    """Write a moment in ISO 8601 to the second, in the active (the team's) time zone."""
    return localtime(at).isoformat(timespec="seconds") if at else ""


@register.filter
def state_icon(kind: str) -> str:
    """Name the icon that goes with a kind of state."""
    return STATE_ICONS.get(kind, STATE_ICONS["neutral"])


@register.filter
def message_kind(level_tag: str) -> str:
    """Turn a level of Django's messages into the kind of alert that shows it."""
    return MESSAGE_KINDS.get(level_tag, "info")


@register.filter
def role_word(role: str) -> str:
    """Say a role as people call it."""
    return str(ROLES[Role(role)])


@register.filter
def plan_word(plan: str) -> str:
    """Say what a team bought as people call it."""
    return str(dict(Plan.choices).get(plan, plan))


@register.filter
def several(reachable: int | Sized | None) -> bool:
    """Say whether there is more than one, given a number or a collection."""
    return (reachable if isinstance(reachable, int) else len(reachable or ())) > 1


@register.filter
def chosen(asked: QueryDict, name: str) -> str:
    """Read one value of an address's query."""
    return asked.get(name, "")


@register.filter
def is_choice(field: BoundField) -> bool:
    """Say whether a field is drawn as ticks or dots, whose label stands behind the control."""
    return field.widget_type in CHOICE_WIDGETS


@register.filter
def control(field: BoundField) -> SafeString:
    """Draw a field's control with the class that gives it our look."""
    own = str(field.field.widget.attrs.get("class", ""))
    return field.as_widget(attrs={"class": f"{CONTROL_CLASSES.get(field.widget_type, 'form-control')} {own}".strip()})


@register.simple_tag(takes_context=True)
def new_id(context: Context, stem: str) -> str:
    """Make an id that occurs once on the page, the same at every drawing of that page."""
    # The lowest layer lives as long as the page is being drawn; components push and pop the ones above it.
    counter = context.dicts[0].setdefault("look_ids", itertools.count(1))
    return f"{stem}-{next(cast(Iterator[int], counter))}"
