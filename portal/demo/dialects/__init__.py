"""How identity providers speak SCIM: each dialect says what it sends, in which order and shape, as data."""

from portal.demo.dialects.call import Call, Dialect, Document
from portal.demo.dialects.entra import Entra, EntraByTheRfc
from portal.demo.dialects.jumpcloud import JumpCloud
from portal.demo.dialects.okta import Okta

DIALECTS: dict[str, Dialect] = {each.key: each for each in (JumpCloud(), Okta(), Entra(), EntraByTheRfc())}

__all__ = ["DIALECTS", "Call", "Dialect", "Document", "speaking"]


def speaking(key: str) -> Dialect:
    """Return the dialect of that key, JumpCloud's for a key nobody knows."""
    return DIALECTS.get(key, DIALECTS[JumpCloud.key])
