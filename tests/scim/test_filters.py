"""What a filter is refused for, and how it treats its limits; test_filter_sql says what a filter finds."""

import pytest
from django.db.models import Q
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models.path import AttrPath, Present, ValuePath

from scim.mapping import ENTERPRISE_URN, GROUP, USER
from scim.protocol import comparison, filters
from scim.protocol.attribute import Resource, Schema
from scim.protocol.errors import InvalidFilter, ScimError


@pytest.mark.parametrize(
    "text",
    [
        "",
        "userName",
        "userName eq",
        'userName eq "x',
        "userName eq 'x'",
        'userName is "x"',
        'eq "x"',
        'userName eq "x" and',
        '(userName eq "x"',
        'userName eq "x")',
        'not userName eq "x"',
        'emails[type eq "work"',
        'emails[emails[type eq "x"]]',
        r'userName eq "\x"',
        "active eq maybe",
    ],
)
def test_a_malformed_filter_is_refused(text: str) -> None:
    """Requirement 22."""
    with pytest.raises(InvalidFilter) as caught:
        filters.compile(USER, text)

    body = caught.value.body()
    assert (body["status"], body["scimType"]) == ("400", "invalidFilter")
    assert body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


@pytest.mark.parametrize(
    "text",
    [
        "shoeSize pr",
        'shoeSize eq "44"',
        'not (shoeSize eq "44")',
        'userName eq "x" or shoeSize eq "44"',
        "name.shoeSize pr",
        "emails.shoeSize pr",
        "emails[shoeSize pr]",
        'emails[type eq "x" and not (shoeSize pr)]',
        'userName.value eq "x"',
        f"{ENTERPRISE_URN}:shoeSize pr",
        "urn:example:2.0:User:userName pr",
        'password eq "s3cret"',
        "password pr",
        'groups.display eq "x"',
        'schemas eq "x"',
        "meta.location pr",
        "attributes pr",
        "team_id pr",
        'user_name eq "x"',
    ],
)
def test_an_unknown_or_unfilterable_attribute_never_matches_everybody(text: str) -> None:
    """Requirements 20 and 22."""
    with pytest.raises(InvalidFilter):
        filters.compile(USER, text)


@pytest.mark.parametrize(
    "text",
    [
        "active gt true",
        "active le false",
        'active co "t"',
        'active eq "maybe"',
        "active eq 1",
        "userName eq 5",
        "userName eq true",
        "userName gt null",
        'name eq "Mia"',
        'meta eq "x"',
        'addresses eq "x"',
        'name[givenName eq "x"]',
        'userName[value eq "x"]',
        'meta.created gt "yesterday"',
        'meta.created gt "2026-13-01T00:00:00Z"',
        'meta.created gt "0001-01-01T00:00:00+14:00"',
        'meta.created gt "20260101T000000Z"',
        "meta.created gt 5",
        'meta.created co "2026"',
        'id sw "0"',
        'emails[primary gt "true"]',
        'x509Certificates.value gt "x"',
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(text: str) -> None:
    """Requirement 22; RFC 7644 section 3.4.2.2."""
    with pytest.raises(InvalidFilter):
        filters.compile(USER, text)


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800"])
@pytest.mark.parametrize("path", ["userName", "title", "id", "meta.resourceType", "emails.value"])
def test_an_operand_that_no_database_takes_is_refused(path: str, escape: str) -> None:
    """Requirement 27."""
    with pytest.raises(InvalidFilter):
        filters.compile(USER, f'{path} eq "{escape}"')


@pytest.mark.parametrize(
    "text",
    [
        'title eq "' + "x" * filters.MAX_BYTES + '"',
        'title eq "' + "ä" * (filters.MAX_BYTES // 2) + '"',
        " or ".join(["title pr"] * (filters.MAX_TERMS + 1)),
        "emails[" + " or ".join(["value pr"] * (filters.MAX_TERMS + 1)) + "]",
        "(" * 21 + "title pr" + ")" * 21,
        "not (" * 21 + "title pr" + ")" * 21,
        "(" * 4_000,
        "a." * 4_000,
        "title eq " + "9" * 5_000,
    ],
)
def test_a_filter_beyond_the_limits_is_refused(text: str) -> None:
    """Requirement 27."""
    with pytest.raises(InvalidFilter):
        filters.compile(USER, text)


def test_half_a_character_is_refused() -> None:
    """Requirement 27: JSON may escape one half of a pair alone."""
    with pytest.raises(InvalidFilter):
        filters.compile(USER, f'userName eq "{chr(0xD800)}"')


def test_an_unknown_attribute_is_named() -> None:
    with pytest.raises(InvalidFilter, match=r"^shoeSize is no attribute of User\.$"):
        filters.compile(USER, 'userName pr or shoeSize eq "44"')


def test_an_attribute_that_none_of_several_resources_has_is_named_by_the_first() -> None:
    with pytest.raises(InvalidFilter, match=r"^shoeSize is no attribute of User\.$"):
        filters.compile_each([USER, GROUP], 'userName pr or shoeSize eq "44"')


def test_a_value_path_inside_another_is_refused_even_if_the_grammar_let_it_through() -> None:
    emails = next(each for each in USER.attributes if each.name == "emails")

    with pytest.raises(InvalidFilter, match="inside another"):
        filters._OfElement(emails).visit(ValuePath(AttrPath("emails"), Present(AttrPath("type"))))


def test_a_filter_of_the_longest_length_is_read() -> None:
    assert filters.compile(USER, 'title eq "' + "x" * (filters.MAX_BYTES - len('title eq ""')) + '"')


def test_a_filter_at_the_limits_is_read() -> None:
    terms = " or ".join(["title pr"] * filters.MAX_TERMS)

    assert filters.compile(USER, "(" * 20 + terms + ")" * 20)


def test_parentheses_in_a_text_do_not_nest() -> None:
    assert filters.compile(USER, f'title eq "{"(" * 50}"')


def test_a_user_name_is_found_by_its_index() -> None:
    """The folded column alone, so that a look-up stays an index search."""
    (condition,) = filters.compile(USER, 'USERNAME EQ "ÄLICE"').children

    assert (condition.lhs.name, condition.rhs.value) == ("user_name_key", "älice")


WORDS = st.sampled_from(
    [
        *[
            "userName",
            "emails[",
            "]",
            "emails.value",
            "type",
            "active",
            "meta.created",
            "id",
            "name.",
            "pr",
            "eq",
            "NE",
        ],
        *["co", "sw", "ew", "gt", "le", "and", "or", "not", "(", ")", '"x"', '"', '""', "true", "null", "5", "-1.5e9"],
        *['"2026-01-01T00:00:00Z"', "$ref", "urn:", ":", ".", "\\", r'"\ud800"', '"%_"'],
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60), st.lists(WORDS, max_size=12).map(" ".join), st.lists(WORDS, max_size=8).map("".join)
    )
)
def test_no_text_ends_in_anything_but_a_condition_or_a_scim_error(text: str) -> None:
    """Requirements 3 and 27."""
    try:
        condition = filters.compile(USER, text)
    except ScimError:
        return

    assert isinstance(condition, Q)


def test_case_counts_nowhere_inside_a_list() -> None:
    """Lists are compared in the folded JSON alone; a list that needs case would need the other one too."""

    def exact_lists(schema: Schema) -> list[str]:
        lists = [a for a in schema.attributes if a.multi and a.filterable and not a.relation]
        return [a.name for a in lists if any(sub.case_exact for sub in a.sub)]

    tables: list[Resource] = [USER, GROUP]

    assert [name for table in tables for s in (table, *table.extensions) for name in exact_lists(s)] == []


@pytest.mark.parametrize(
    "name", ["userName", "NAME.familyname", "emails", "emails.value", "title", "meta.created", "id"]
)
def test_what_can_be_sorted_has_a_key(name: str) -> None:
    assert filters.sort_key(USER, name) is not None


@pytest.mark.parametrize("name", ["", "shoeSize", "password", "name", "roles", "emails.type", "groups", "schemas",
                                  "meta.location"])  # fmt: skip
def test_what_has_no_order_has_no_sort_key(name: str) -> None:
    assert filters.sort_key(USER, name) is None


def test_a_moment_without_an_offset_is_utc() -> None:
    assert comparison.moment("x", "2026-01-01T00:00:00") == comparison.moment("x", "2026-01-01t01:00:00+01:00")
