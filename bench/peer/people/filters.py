"""Which attribute is which column, and whose rows a token may see."""

from collections.abc import Callable
from typing import Any

from django_scim.filters import UserFilterQuery

NAMES = {
    ("userName", None, None): "scim_username",
    ("externalId", None, None): "scim_external_id",
    ("active", None, None): "is_active",
    ("name", "givenName", None): "first_name",
    ("name", "familyName", None): "last_name",
}


class Filter(UserFilterQuery):
    """Filters over these columns."""

    attr_map = NAMES


def of_company(_model: Any) -> Callable[..., dict[str, Any]]:
    """Hold every query to the token's company."""
    return lambda request, *_args, **_more: {"company_id": request.company_id}
