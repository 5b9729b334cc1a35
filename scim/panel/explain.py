"""Explain: what a refusal means, what to do at the identity provider, and what to do here."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scim.models import Exchange

Words = str | Promise


@dataclass(frozen=True)
class Explanation:
    """Three sentences for whoever has to mend it."""

    means: Words
    there: Words
    here: Words


RETRY = _("Let it retry. Okta: Tasks, Retry. Entra ID retries in its next cycle, or use “Provision on demand”.")
NOTHING_HERE = _("Nothing to do here.")
SHAPE = Explanation(
    _("We could read the request, but not what it asks for."),
    _("Look at the attribute mapping there, and compare it with the request below."),
    _("Nothing was changed here."),
)  # fmt: skip
TAKEN = Explanation(
    _("Somebody of the team has this userName or externalId already, or two members have this e-mail."),
    _("Let it look the person up and update them instead of adding them again. Okta: Import, then match by e-mail."),
    _("Find both people under Members. If one is a leftover, turn SCIM off, change them, and turn it on again."),
)
GONE = Explanation(
    _("The person or group that the identity provider remembers is not in this team, or the address is not ours."),
    _("Look at the endpoint; then unassign and assign the person again, so that it looks them up anew."),
    NOTHING_HERE,
)
BY_CODE = {
    "no_seats_left": Explanation(
        _("Every seat of the team is in use, so nobody was added or woken. Nobody lost a seat. "
          "JumpCloud’s connection test adds a test user for a moment: it needs one free seat too."),
        RETRY,
        _("Add seats, or unassign somebody at your identity provider. Who was refused stands under Members, "
          "Waiting for a seat, until they get one."),
    ),
    "taken": TAKEN,
    "uniqueness": TAKEN,
    "last_owner": Explanation(
        _("This person is the team’s last owner. They keep their seat, but may not enter until this is settled."),
        _("Assign the app to them again, if it was a mistake."),
        _("Make somebody else an owner, then let the identity provider retry. No owner can enter? "
          "Ask your account executive."),
    ),
    "stale_version": Explanation(
        _("The person was changed after the identity provider had read them."), RETRY, NOTHING_HERE,
    ),
    "switched_off": Explanation(
        _("The token is known, but SCIM was turned off."),
        _("Paste the new token once SCIM is on again; or turn provisioning off there too."),
        _("Turn SCIM on in Provisioning, if your directory is to keep the roster."),
    ),
    "assignment_locked": Explanation(
        _("A switch of the team closes this door."), RETRY, _("Look at Provisioning: is SCIM on?"),
    ),
    "too_many_calls": Explanation(
        _("More requests came than the team’s limit lets pass. Nothing is lost: identity providers wait and retry."),
        _("Nothing to do, unless it goes on for hours."),
        _("Your operator can raise SCIM_RATE_LIMIT."),
    ),
    "invalidFilter": Explanation(
        _("The identity provider looked for somebody in words we could not read."),
        _("Set the unique identifier to userName or email."), NOTHING_HERE,
    ),
    "missing": GONE,
}  # fmt: skip
BY_STATUS = {
    403: Explanation(
        _("We understood the request and do not do this."), _("Take this action out of the provisioning settings."),
        NOTHING_HERE,
    ),
    404: GONE,
    405: Explanation(
        _("This address does not take this kind of request."),
        _("Look at the endpoint: does it end with the tenant id?"), NOTHING_HERE,
    ),
    409: TAKEN,
    412: BY_CODE["stale_version"],
    413: Explanation(_("The request was larger than we take."), _("Leave photos out of the mapping."), NOTHING_HERE),
    415: Explanation(
        _("The request was no JSON."), _("Choose SCIM 2.0 there; its type is application/scim+json."), NOTHING_HERE
    ),
    429: BY_CODE["too_many_calls"],
    500: Explanation(_("We failed. Nothing was changed."), RETRY, _("Tell your operator the time of this request.")),
    501: Explanation(_("We do not serve this part of SCIM."), _("Take it out of the settings there."), NOTHING_HERE),
    503: Explanation(_("Our database did not answer in time. Nothing was changed."), RETRY, NOTHING_HERE),
}  # fmt: skip


def explain(row: Exchange) -> Explanation | None:
    """Explain a refusal; None for what was done."""
    if row.status < 400:
        return None
    return BY_CODE.get(row.code) or BY_STATUS.get(row.status, SHAPE)
