"""The table of attributes holds what RFC 7643 says of whole kinds of them."""

from collections.abc import Iterable, Iterator

from scim.mapping import GROUP, USER
from scim.protocol.attribute import Attribute, Type


def told(attributes: Iterable[Attribute]) -> Iterator[Attribute]:
    """Every attribute, sub-attributes included."""
    for attribute in attributes:
        yield attribute
        yield from told(attribute.sub)


def test_every_reference_is_case_exact() -> None:
    """RFC 7643 section 2.3.7, as erratum 6001 says of the published schemas."""
    named = [each for schema in (USER, GROUP, *USER.extensions) for each in told(schema.attributes)]
    references = [each for each in named if each.type is Type.REFERENCE]

    # A photo's is one of a list, which discovery truthfully says is compared without case.
    assert [each.description for each in references if not each.case_exact] == ["The URL of the photo."]
    assert len(references) == 5
