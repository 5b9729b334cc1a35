"""What an endpoint is told: its name, its address, and which events it gets."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.outbound import http, turn
from portal.outbound.webhooks import endpoints
from portal.outbound.webhooks.models import Endpoint
from portal.outbound.webhooks.topics import TOPICS
from portal.teams.errors import Invalid

LOOK_SECONDS = 5.0


class WebhookForm(forms.Form):
    """The fields of an endpoint."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("What it is for, such as Billing."),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=2048,
        help_text=gettext_lazy("Where we POST to. It starts with https:// and can be reached from the internet."),
        widget=forms.URLInput(attrs={"autocapitalize": "off", "spellcheck": "false", "placeholder": "https://"}),
    )
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=[(slug, topic.label) for slug, topic in TOPICS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("With all of them ticked it also gets the kinds that later versions add."),
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )

    def clean_url(self) -> str:
        """Look whether we would go there, so that a typing error shows here and not in the deliveries."""
        try:
            url = endpoints.fit(str(self.cleaned_data["url"]))
            with turn.taken():
                http.judge(url, LOOK_SECONDS)
        except (Invalid, http.Unreached) as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return url

    @property
    def given(self) -> tuple[str, str, list[str]]:
        """Name, address and topics, as an act takes them."""
        return self.cleaned_data["name"], self.cleaned_data["url"], self.cleaned_data["topics"]


def blank() -> WebhookForm:
    """The form of a new endpoint, which gets everything."""
    return WebhookForm(initial={"topics": list(TOPICS)})


def of(endpoint: Endpoint) -> WebhookForm:
    """The form of an endpoint as it is."""
    return WebhookForm(initial={"name": endpoint.name, "url": endpoint.url, "topics": endpoint.topics or list(TOPICS)})


def state(endpoint: Endpoint) -> tuple[str, str]:
    """Say in a badge how an endpoint stands."""
    if endpoint.stopped_at:
        return "bad", _("Stopped")
    if endpoint.paused_at:
        return "neutral", _("Paused")
    if endpoint.failing_since:
        return "warn", _("Failing")
    return ("ok", _("Works")) if endpoint.last_success_at else ("info", _("Nothing sent yet"))


def chosen(endpoint: Endpoint) -> list[Any]:
    """Name what an endpoint gets."""
    return [TOPICS[slug].label for slug in endpoint.topics if slug in TOPICS]
