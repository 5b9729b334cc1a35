"""THE TABLE: what a SCIM User and a Group are here, one row an attribute.

No other file above `portal.teams` names a column.
"""

from portal.teams.models import GroupMember
from scim.protocol.attribute import Attribute, Mutability, Relation, Resource, Schema, Type

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

READ_ONLY, WRITE_ONLY, IMMUTABLE = Mutability.READ_ONLY, Mutability.WRITE_ONLY, Mutability.IMMUTABLE
BOOLEAN, DATE_TIME, REFERENCE = Type.BOOLEAN, Type.DATE_TIME, Type.REFERENCE
BINARY, COMPLEX = Type.BINARY, Type.COMPLEX

NAME_LENGTH, EMAIL_LENGTH = 255, 320
# A photo may be a data URI, a certificate a chain in base64.
LARGE = 65_536


def _labels(*types: str) -> tuple[Attribute, ...]:
    """The sub-attributes that every multi-valued attribute of a User has (RFC 7643 section 2.4)."""
    return (
        Attribute("type", "What the value is used for.", canonical=types),
        Attribute("primary", "Whether this is the preferred value; true at most once.", BOOLEAN),
    )


def _plural(name: str, description: str, value: Attribute, *types: str) -> Attribute:
    """A multi-valued attribute with value, display, type and primary."""
    display = Attribute("display", "The value as people read it.")
    return Attribute(name, description, COMPLEX, multi=True, sub=(value, display, *_labels(*types)))


def _common(resource: str) -> tuple[Attribute, ...]:
    """The common attributes of RFC 7643 section 3.1."""
    meta = (
        Attribute("resourceType", mutability=READ_ONLY, constant=resource, case_exact=True),
        Attribute("created", type=DATE_TIME, column="created_at", mutability=READ_ONLY),
        Attribute("lastModified", type=DATE_TIME, column="updated_at", mutability=READ_ONLY),
        Attribute("location", type=REFERENCE, mutability=READ_ONLY, filterable=False),
        Attribute("version", column="version", mutability=READ_ONLY, case_exact=True, filterable=False),
    )
    return (
        Attribute("schemas", type=REFERENCE, multi=True, mutability=READ_ONLY, returned="always", filterable=False),
        Attribute("id", column="id", mutability=READ_ONLY, case_exact=True, returned="always"),
        Attribute("externalId", column="external_id", key="external_id", case_exact=True, length=NAME_LENGTH),
        Attribute("meta", type=COMPLEX, mutability=READ_ONLY, sub=meta),
    )


NAME = (
    Attribute("formatted", "The full name as it is displayed."),
    Attribute("familyName", "The last name.", column="family_name", key="family_name_key", length=NAME_LENGTH),
    Attribute("givenName", "The first name.", column="given_name", key="given_name_key", length=NAME_LENGTH),
    Attribute("middleName", "The middle names."),
    Attribute("honorificPrefix", "What stands before the name, such as Dr."),
    Attribute("honorificSuffix", "What stands after the name, such as III."),
)
EMAIL = (
    Attribute("value", "The e-mail address.", length=EMAIL_LENGTH),
    Attribute("display", "The address as people read it."),
    *_labels("work", "home", "other"),
)
ADDRESS = (
    Attribute("formatted", "The whole address as it is displayed or printed."),
    Attribute("streetAddress", "Street, house number, P.O. box; may have several lines."),
    Attribute("locality", "The city."),
    Attribute("region", "The state or region."),
    Attribute("postalCode", "The postal code."),
    Attribute("country", "The country, as an ISO 3166-1 alpha-2 code."),
    *_labels("work", "home", "other"),
)
GROUP_OF_USER = (
    Attribute("value", "The id of the group.", mutability=READ_ONLY, case_exact=True),
    Attribute(
        "$ref",
        "The URL of the group.",
        REFERENCE,
        case_exact=True,
        mutability=READ_ONLY,
        references=("Group",),
        filterable=False,
    ),
    Attribute("display", "The name of the group.", mutability=READ_ONLY, filterable=False),
    Attribute(
        "type",
        "How the person belongs to it.",
        mutability=READ_ONLY,
        canonical=("direct", "indirect"),
        constant="direct",
    ),
)
MEMBER = (
    Attribute("value", "The id of the User.", mutability=IMMUTABLE, case_exact=True),
    Attribute(
        "$ref",
        "The URL of the User.",
        REFERENCE,
        case_exact=True,
        mutability=IMMUTABLE,
        references=("User",),
        filterable=False,
    ),
    # Only where it is asked for: a list of thousands is long enough without the names.
    Attribute("display", "The person's name.", mutability=READ_ONLY, returned="request", filterable=False),
    Attribute("type", "What kind of resource it is.", mutability=IMMUTABLE, canonical=("User",), constant="User"),
)
MANAGER = (
    Attribute("value", "The id of the manager's User.", case_exact=True),
    Attribute("$ref", "The URL of the manager's User.", REFERENCE, case_exact=True, references=("User",)),
    Attribute("displayName", "The manager's name.", mutability=READ_ONLY),
)

USER_ATTRIBUTES = (
    Attribute(
        "userName",
        "The person's name at the identity provider; unique in the team without regard to case.",
        column="user_name",
        key="user_name_key",
        required=True,
        uniqueness="server",
        length=NAME_LENGTH,
    ),
    Attribute("name", "The parts of the person's name.", COMPLEX, sub=NAME),
    Attribute(
        "displayName",
        "The name that lists show.",
        column="display_name",
        key="display_name_key",
        length=NAME_LENGTH,
    ),
    Attribute("nickName", "What the person is called casually."),
    Attribute(
        "profileUrl", "The URL of the person's profile page.", REFERENCE, case_exact=True, references=("external",)
    ),
    Attribute("title", "The job title."),
    Attribute("userType", "The relation to the organization, such as Employee."),
    Attribute("preferredLanguage", "The preferred language, as in an Accept-Language header."),
    Attribute("locale", "The locale for currency, dates and numbers."),
    Attribute("timezone", "The time zone, as named in the IANA database."),
    Attribute("active", "Whether the person holds a seat and may enter.", BOOLEAN, column="active", always=True),
    Attribute(
        "password",
        "Accepted and dropped: people sign in at the identity provider.",
        mutability=WRITE_ONLY,
        returned="never",
        case_exact=True,
        filterable=False,
    ),
    Attribute("emails", "The e-mail addresses.", COMPLEX, column="email", key="email_key", multi=True, sub=EMAIL),
    _plural(
        "phoneNumbers",
        "The telephone numbers.",
        Attribute("value", "The number."),
        *("work", "home", "mobile", "fax", "pager", "other"),
    ),
    _plural(
        "ims",
        "The instant messaging addresses.",
        Attribute("value", "The address."),
        *("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"),
    ),
    _plural(
        "photos",
        "The photos.",
        # Lists are compared in the folded JSON, so this one is told as it is compared.
        Attribute("value", "The URL of the photo.", REFERENCE, references=("external",), length=LARGE),
        *("photo", "thumbnail"),
    ),
    Attribute("addresses", "The postal addresses.", COMPLEX, multi=True, sub=ADDRESS),
    Attribute(
        "groups",
        "The groups the person belongs to; changed through the Group.",
        COMPLEX,
        multi=True,
        mutability=READ_ONLY,
        relation=Relation(GroupMember, own="member_id", other="group_id"),
        sub=GROUP_OF_USER,
    ),
    _plural("entitlements", "What the person is entitled to.", Attribute("value", "The entitlement.")),
    _plural("roles", "The roles the person has at the identity provider.", Attribute("value", "The role.")),
    _plural(
        "x509Certificates",
        "The person's X.509 certificates.",
        Attribute("value", "The certificate, DER in base64.", BINARY, length=LARGE),
    ),
)

ENTERPRISE = Schema(
    urn=ENTERPRISE_URN,
    name="EnterpriseUser",
    description="Enterprise User",
    attributes=(
        Attribute("employeeNumber", "The number or code the organization gave the person."),
        Attribute("costCenter", "The cost center."),
        Attribute("organization", "The organization."),
        Attribute("division", "The division."),
        Attribute("department", "The department."),
        Attribute("manager", "The person's manager.", COMPLEX, sub=MANAGER),
    ),
)

USER = Resource(
    urn=f"{CORE}User",
    name="User",
    description="User Account",
    endpoint="/Users",
    common=_common("User"),
    attributes=USER_ATTRIBUTES,
    extensions=(ENTERPRISE,),
    # Okta's unique identifier field may be set to `email`.
    aliases=(Attribute("email", column="email", key="email_key"),),
    store="attributes",
    store_folded="attributes_folded",
)

GROUP_ATTRIBUTES = (
    Attribute(
        "displayName",
        "The group's name; unique in the team without regard to case.",
        column="display_name",
        key="display_name_key",
        required=True,
        uniqueness="server",
        length=NAME_LENGTH,
    ),
    Attribute(
        "members",
        "Who is in the group.",
        COMPLEX,
        multi=True,
        relation=Relation(GroupMember, own="group_id", other="member_id"),
        sub=MEMBER,
    ),
)

GROUP = Resource(
    urn=f"{CORE}Group",
    name="Group",
    description="Group",
    endpoint="/Groups",
    common=_common("Group"),
    attributes=GROUP_ATTRIBUTES,
)
