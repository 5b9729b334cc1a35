"""How a resource is declared: typed attributes, where each is kept, and how a name of any case finds its attribute."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from django.db.models import Model


class Type(StrEnum):
    """The data types of RFC 7643 section 2.3 that users and groups need."""

    STRING = "string"
    BOOLEAN = "boolean"
    DATE_TIME = "dateTime"
    REFERENCE = "reference"
    BINARY = "binary"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write an attribute (RFC 7643 section 2.2)."""

    READ_WRITE = "readWrite"
    READ_ONLY = "readOnly"
    # Sent with a new element of a list; another value is another element.
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"


# Longer than any value an IdP sends; the columns and the large values name their own.
DEFAULT_LENGTH = 5_000


@dataclass(frozen=True)
class Relation:
    """A list kept as rows of its own: each names a row of this resource (`own`) and the one referred to (`other`)."""

    table: type[Model]
    own: str
    other: str


@dataclass(frozen=True)
class Attribute:
    """One attribute: what RFC 7643 says of it, and the column that keeps it.

    Without a column the value lies in the row's JSON (`Resource.store`), as it was sent. A column on a
    multi-valued attribute keeps the value of its main element (primary, else work, else the first).
    """

    name: str
    description: str = ""
    type: Type = Type.STRING
    column: str = ""
    # The column that comparisons and sorting use: the folded one unless case counts. A text column without a key
    # holds an identifier (UUID).
    key: str = ""
    multi: bool = False
    required: bool = False
    # There is always a value, said or not: it can be changed but not removed, and discovery calls it required.
    always: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    returned: str = "default"
    uniqueness: str = "none"
    canonical: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    length: int = DEFAULT_LENGTH
    sub: tuple["Attribute", ...] = ()
    # A value that is the same in every row (meta.resourceType).
    constant: str = ""
    # A list of references to other rows, which never lies in a document that is changed and saved.
    relation: Relation | None = None
    # False where the value is made at rendering and can't be compared by the database.
    filterable: bool = True

    @cached_property
    def subs(self) -> dict[str, "Attribute"]:
        """The sub-attributes by lower-case name."""
        return {sub.name.lower(): sub for sub in self.sub}

    @cached_property
    def kept(self) -> bool:
        """Say whether what a client sends here is stored with the row."""
        return self.mutability in (Mutability.READ_WRITE, Mutability.IMMUTABLE) and self.relation is None

    @cached_property
    def has_columns(self) -> bool:
        """Say whether some sub-attribute has a column of its own (name.givenName)."""
        return any(sub.column for sub in self.sub)


@dataclass(frozen=True)
class Schema:
    """A schema extension (RFC 7643 section 3.3): its attributes lie in the row's JSON under the URN."""

    urn: str
    name: str
    description: str
    attributes: tuple[Attribute, ...]

    @cached_property
    def names(self) -> dict[str, Attribute]:
        """The attributes by lower-case name."""
        return {attribute.name.lower(): attribute for attribute in self.attributes}


@dataclass(frozen=True)
class Resource(Schema):
    """A resource type (RFC 7643 section 6), which is its core schema with common attributes, extensions and storage."""

    endpoint: str = ""
    common: tuple[Attribute, ...] = ()
    extensions: tuple[Schema, ...] = ()
    # Names a filter may use that no document has (Okta's unique identifier field `email`).
    aliases: tuple[Attribute, ...] = ()
    # The JSON column of everything without a column, and its copy with each string folded.
    store: str = ""
    store_folded: str = ""

    @cached_property
    def names(self) -> dict[str, Attribute]:
        """The core and common attributes by lower-case name."""
        return {attribute.name.lower(): attribute for attribute in (*self.common, *self.attributes)}

    @cached_property
    def extensions_by_urn(self) -> dict[str, Schema]:
        """The extensions by lower-case URN."""
        return {extension.urn.lower(): extension for extension in self.extensions}

    @cached_property
    def plain(self) -> tuple[tuple[str, str], ...]:
        """Name and column of each single attribute a client writes to a column."""
        return tuple((a.name, a.column) for a in self._kept if a.column and not a.multi)

    @cached_property
    def mixed(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Name of each complex attribute that has columns, with the name and column of those sub-attributes."""
        return tuple(
            (a.name, tuple((sub.name, sub.column) for sub in a.sub if sub.column)) for a in self._kept if a.has_columns
        )

    @cached_property
    def listed(self) -> tuple[tuple[str, str], ...]:
        """Name and column of each multi-valued attribute whose main value has a column."""
        return tuple((a.name, a.column) for a in self._kept if a.column and a.multi)

    @cached_property
    def stamps(self) -> dict[str, str]:
        """The columns of id, meta.created, meta.lastModified and meta.version, by those last names."""
        made = (*self.common, *self.names["meta"].sub)
        return {a.name: a.column for a in made if a.column and not a.kept}

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Every column that a document is made of."""
        mixed = (column for _name, subs in self.mixed for _sub, column in subs)
        others = (column for _name, column in (*self.plain, *self.listed))
        store = (self.store,) if self.store else ()
        return tuple(dict.fromkeys((*self.stamps.values(), *others, *mixed, *store)))

    @cached_property
    def _kept(self) -> tuple[Attribute, ...]:
        return tuple(a for a in self.names.values() if a.kept)
