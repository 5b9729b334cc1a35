"""Which web addresses an identity provider may have: the one rule for what is typed and what metadata says."""

import re
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

LONGEST: Final = 2048
LOCAL: Final = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?(/|$)")


def web_address(url: str) -> str:
    """Accept https, and http only on this machine (the practice IdP); else a ValidationError."""
    if len(url) > LONGEST:
        raise ValidationError(_("The address is longer than 2048 characters."))
    schemes = ["https", "http"] if LOCAL.match(url) else ["https"]
    refuse = URLValidator(schemes=schemes, message=_("Enter a URL that starts with https://."))
    refuse(url if url.isprintable() else "")
    return url
