"""BulkRequest (RFC 7644 section 3.7): operations read one by one, and the references between them by bulkId."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from scim.protocol.errors import InvalidSyntax, InvalidValue, ScimError

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
# Modest: authentik sends so many operations in one PATCH, and a call is to stay short.
MAX_OPERATIONS = 100
METHODS = ("POST", "PUT", "PATCH", "DELETE")
PREFIX = "bulkId:"
# Inside a path: `/Users/bulkId:x`, `members[value eq "bulkId:x"]`.
_IN_PATH = re.compile(r'bulkId:([^"\]/?\s]+)')


@dataclass(frozen=True)
class Operation:
    """One operation as it was sent; what is wrong with it is told in its own answer."""

    method: str
    path: str
    bulk_id: str = ""
    version: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    wrong: ScimError | None = None

    def needs(self, known: set[str]) -> set[str]:
        """Return the bulkIds of this request that the operation refers to."""
        return {name for name in (*_IN_PATH.findall(self.path), *_named(self.data)) if name in known}


@dataclass(frozen=True)
class Request:
    """A BulkRequest; `most_errors` is failOnErrors, 0 where every operation is to be tried."""

    operations: tuple[Operation, ...]
    most_errors: int = 0


def read(body: dict[str, Any]) -> Request:
    """Read a BulkRequest; names are taken in any case and `schemas` may be missing."""
    members = {key.lower(): value for key, value in body.items()}
    sent, most_errors = members.get("operations"), members.get("failonerrors")
    if not isinstance(sent, list):
        raise InvalidSyntax(_("Operations must be a list."))
    if len(sent) > MAX_OPERATIONS:
        told = _("Send at most {n} operations in one bulk request: these are {sent}.")
        raise ScimError(told.format(n=MAX_OPERATIONS, sent=len(sent)), status=413)
    if most_errors is not None and (type(most_errors) is not int or most_errors < 1):
        raise InvalidValue(_("failOnErrors must be a whole number of 1 or more."))
    seen: set[str] = set()
    return Request(tuple(_operation(item, seen) for item in sent), most_errors or 0)


def _operation(item: Any, seen: set[str]) -> Operation:
    """Read one operation; a wrong one does not spoil the others."""
    members = {key.lower(): value for key, value in item.items()} if isinstance(item, dict) else {}
    texts = {name: members.get(name) or "" for name in ("method", "path", "bulkid", "version")}
    data = members.get("data") or {}
    known = {name: value if isinstance(value, str) else "" for name, value in texts.items()}
    method, bulk_id = known["method"].upper(), known["bulkid"]
    wrong = _wrong(texts, method, data, seen)
    if bulk_id and wrong is None:
        seen.add(bulk_id)
    data = data if isinstance(data, dict) else {}
    return Operation(method, known["path"], bulk_id, known["version"], data, wrong)


def _wrong(texts: dict[str, Any], method: str, data: Any, seen: set[str]) -> ScimError | None:
    if not all(isinstance(value, str) for value in texts.values()):
        return InvalidSyntax(_("method, path, bulkId and version must be text."))
    if method not in METHODS:
        return InvalidSyntax(_("The method of a bulk operation must be POST, PUT, PATCH or DELETE."))
    if not texts["path"].startswith("/"):
        return InvalidPathOfOperation(_("The path of a bulk operation begins with /, such as /Users."))
    if method == "POST" and not texts["bulkid"]:
        return InvalidValue(_("A POST in a bulk request needs a bulkId."))
    if texts["bulkid"] in seen:
        return InvalidValue(_("The bulkId {name} is used twice.").format(name=texts["bulkid"][:100]))
    if method != "DELETE" and not (isinstance(data, dict) and data):
        return InvalidSyntax(_("The data of a bulk operation must be an object."))
    return None


class InvalidPathOfOperation(ScimError):
    """The path of an operation leads nowhere."""

    scim_type = "invalidPath"


def _named(value: Any, key: str = "") -> Iterator[str]:
    """Yield every bulkId that a value names: a text that is nothing but one, or one inside the path of a PATCH."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _named(item, name.lower())
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, key)
    elif isinstance(value, str) and key == "path":
        yield from _IN_PATH.findall(value)
    elif isinstance(value, str) and value.startswith(PREFIX):
        yield value.removeprefix(PREFIX)


def resolved(value: Any, ids: dict[str, str], key: str = "path") -> Any:
    """Put the ids that were given out where bulkIds stand."""
    if isinstance(value, dict):
        return {name: resolved(item, ids, name.lower()) for name, item in value.items()}
    if isinstance(value, list):
        return [resolved(item, ids, key) for item in value]
    if isinstance(value, str) and key == "path":
        return _IN_PATH.sub(lambda found: ids.get(found[1], found[0]), value)
    if isinstance(value, str) and value.startswith(PREFIX):
        return ids.get(value.removeprefix(PREFIX), value)
    return value
