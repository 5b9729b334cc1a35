"""PATCH (RFC 7644 section 3.5.2) over one person's document."""

import copy
from typing import Any

import pytest

from scim.mapping import ENTERPRISE_URN, USER
from scim.protocol import changes, document, errors, patch
from tests.scim.people import mia, patched, row, shown

WORK = 'emails[type eq "work"].value'


def refusal(*operations: Any, body: dict[str, Any] | None = None) -> errors.ScimError:
    """The error that operations on Mia end in."""
    with pytest.raises(errors.ScimError) as caught:
        patched(mia() if body is None else body, *operations)
    return caught.value


@pytest.mark.parametrize("op", ["add", "replace", "ADD", "Replace"])
def test_a_single_value_is_set(op: str) -> None:
    assert patched(mia(), {"op": op, "path": "TITLE", "value": "Chief"})["title"] == "Chief"


@pytest.mark.parametrize("path", ["name.givenName", "NAME.GIVENNAME", f"{USER.urn}:name.givenName"])
def test_a_sub_attribute_is_set(path: str) -> None:
    assert patched(mia(), {"op": "replace", "path": path, "value": "Maja"})["name"]["givenName"] == "Maja"


def test_replacing_a_complex_attribute_keeps_what_is_unspecified() -> None:
    """Requirement 16."""
    seen = patched(mia(), {"op": "replace", "path": "name", "value": {"GIVENNAME": "Maja", "formatted": ""}})

    assert seen["name"] == {"givenName": "Maja", "familyName": "Lund"}


@pytest.mark.parametrize(
    "value",
    [
        {"name": {"givenName": "Maja"}, "title": "Chief", ENTERPRISE_URN: {"department": "IT"}},
        {"name.givenName": "Maja", "title": "Chief", f"{ENTERPRISE_URN}:department": "IT"},
        {"Name.GivenName": "Maja", f"{USER.urn}:title": "Chief", f"{ENTERPRISE_URN.upper()}:DEPARTMENT": "IT"},
        mia(name={"givenName": "Maja"}, title="Chief", **{ENTERPRISE_URN: {"department": "IT"}}),
    ],
)
@pytest.mark.parametrize("op", ["add", "replace"])
def test_a_value_without_a_path_may_have_any_shape(op: str, value: dict[str, Any]) -> None:
    """Requirement 14."""
    seen = patched(mia(), {"op": op, "value": value})

    assert seen["name"] == {"givenName": "Maja", "familyName": "Lund", "formatted": "Mia Lund"}
    assert seen["title"] == "Chief"
    assert seen[ENTERPRISE_URN] == {"department": "IT"}


def test_a_value_without_a_path_may_select_elements() -> None:
    """Entra's aadOptscim062020 puts whole paths among the keys."""
    assert patched(mia(), {"op": "replace", "value": {WORK: "new@acme.test"}})["emails"][0]["value"] == "new@acme.test"


def test_unknown_names_in_a_value_are_passed_over() -> None:
    """Requirement 18."""
    body = mia()

    assert patched(body, {"op": "add", "value": {"shoeSize": 44, "a[b": 1, "password": "x"}})["name"] == body["name"]


@pytest.mark.parametrize("op", ["add", "replace"])
def test_a_selected_element_is_changed_and_keeps_the_rest(op: str) -> None:
    """Requirement 15."""
    seen = patched(mia(), {"op": op, "path": WORK, "value": "new@acme.test"})

    assert seen["emails"] == [{"value": "new@acme.test", "type": "work", "primary": True}]


def test_a_changed_address_reaches_the_column() -> None:
    member = row(mia())
    operations = patch.read(USER, {"Operations": [{"op": "replace", "path": WORK, "value": "new@acme.test"}]})

    columns = changes.apply(operations, document.stored(USER, member)).changes(member)

    assert columns == {"email": "new@acme.test"}


@pytest.mark.parametrize("op", ["Add", "Replace"])
@pytest.mark.parametrize(
    ("path", "made"),
    [
        ('emails[type eq "work"].value', {"emails": [{"type": "work", "value": "x"}]}),
        ('phoneNumbers[type eq "mobile"].value', {"phoneNumbers": [{"type": "mobile", "value": "x"}]}),
        ('addresses[type eq "work"].streetAddress', {"addresses": [{"type": "work", "streetAddress": "x"}]}),
        ('roles[primary eq true and type eq "t"].value', {"roles": [{"primary": True, "type": "t", "value": "x"}]}),
    ],
)
def test_a_missing_element_is_created(op: str, path: str, made: dict[str, Any]) -> None:
    """Requirement 15."""
    seen = patched({"userName": "mia"}, {"op": op, "path": path, "value": "x"})

    assert {name: seen[name] for name in made} == made


def test_a_missing_element_that_the_filter_does_not_describe_is_no_target() -> None:
    assert refusal({"op": "replace", "path": 'roles[value sw "x"].display', "value": "y"}).scim_type == "noTarget"


@pytest.mark.parametrize("path", ["roles", "phoneNumbers", "addresses", 'addresses[type eq "work"].building'])
@pytest.mark.parametrize("op", ["add", "replace", "remove"])
def test_lists_that_entra_maps_never_fail(op: str, path: str) -> None:
    """Requirement 15."""
    seen = patched(mia(), {"op": op, "path": path, "value": []})

    assert seen["userName"] == "mia"


def test_add_merges_lists_without_duplicates() -> None:
    """Requirement 16."""
    more = [
        {"value": "MIA@acme.test"},
        {"value": "home@x.test", "type": "home"},
        {"value": "home@x.test", "type": "home"},
    ]

    seen = patched(mia(), {"op": "add", "path": "emails", "value": more})

    assert [(e["value"], e["type"]) for e in seen["emails"]] == [("MIA@acme.test", "work"), ("home@x.test", "home")]


def test_adding_the_same_postal_address_twice_keeps_one() -> None:
    add = {"op": "add", "path": "addresses", "value": [{"type": "work", "country": "SE"}]}

    assert patched(mia(), add, add)["addresses"] == [{"type": "work", "country": "SE"}]


def test_replace_replaces_a_whole_list() -> None:
    seen = patched(mia(), {"op": "replace", "path": "emails", "value": [{"value": "only@x.test", "type": "home"}]})

    assert seen["emails"] == [{"value": "only@x.test", "type": "home"}]


def test_a_newly_primary_value_is_the_only_one() -> None:
    """Requirement 16."""
    seen = patched(mia(), {"op": "add", "path": "emails", "value": {"value": "new@x.test", "primary": True}})

    assert [e["primary"] for e in seen["emails"]] == [False, True]


def test_making_another_element_primary_clears_the_first() -> None:
    body = mia(emails=[{"value": "a", "type": "work", "primary": True}, {"value": "b", "type": "home"}])

    seen = patched(body, {"op": "replace", "path": 'emails[type eq "home"].primary', "value": "True"})

    assert [e["primary"] for e in seen["emails"]] == [False, True]


@pytest.mark.parametrize("path", ["title", "name", "name.givenName", WORK, "emails", ENTERPRISE_URN])
def test_what_is_removed_is_gone(path: str) -> None:
    body = mia(title="Chief", **{ENTERPRISE_URN: {"department": "IT", "division": "D"}})

    seen = patched(body, {"op": "remove", "path": path})

    head, _, sub = path.partition("[")[0].partition(".") if "urn:" not in path else (path, "", "")
    assert sub not in seen[head] if sub else head not in seen


def test_a_selected_element_is_removed_alone() -> None:
    body = mia(roles=[{"value": "a", "type": "x"}, {"value": "b"}])

    assert patched(body, {"op": "remove", "path": 'roles[value eq "A"]'})["roles"] == [{"value": "b"}]


def test_removing_listed_values_leaves_the_others() -> None:
    """Entra's removal by value list."""
    body = mia(roles=[{"value": "a", "type": "x"}, {"value": "b"}])

    assert patched(body, {"op": "Remove", "path": "roles", "value": [{"value": "a"}]})["roles"] == [{"value": "b"}]


def test_removing_what_is_not_there_succeeds() -> None:
    assert patched(mia(), {"op": "remove", "path": 'roles[value eq "x"]'}, {"op": "remove", "path": "title"})


@pytest.mark.parametrize("value", [None, ""])
def test_replacing_by_nothing_clears(value: str | None) -> None:
    assert "title" not in patched(mia(title="Chief"), {"op": "replace", "path": "title", "value": value})


def test_adding_nothing_clears_nothing() -> None:
    assert patched(mia(title="Chief"), {"op": "add", "path": "title", "value": ""})["title"] == "Chief"


def test_another_manager_leaves_nothing_of_the_former() -> None:
    body = mia(**{ENTERPRISE_URN: {"manager": {"value": "1", "$ref": "../Users/1"}}})

    seen = patched(body, {"op": "Add", "path": f"{ENTERPRISE_URN}:manager", "value": "2"})

    assert seen[ENTERPRISE_URN]["manager"] == {"value": "2"}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Add", "path": "active", "value": True},
        {"op": "replace", "value": {"active": "True", "userName": "mia"}},
        {"op": "add", "path": "emails", "value": [{"value": "mia@acme.test"}]},
        {"op": "replace", "path": WORK, "value": "mia@acme.test"},
        {"op": "remove", "path": "title"},
        {"op": "add", "path": "urn:example:other:2.0:User:shoeSize", "value": "44"},
        {"op": "replace", "path": "password", "value": "s3cret"},
    ],
)
def test_a_patch_that_changes_nothing_can_be_told(operation: dict[str, Any]) -> None:
    """Requirements 12 and 17: Entra sends active=true again in every cycle."""
    member = row(mia())

    fields = changes.apply(patch.read(USER, {"Operations": [operation]}), document.stored(USER, member))

    assert fields.changes(member) == {}


@pytest.mark.parametrize(
    "operation", [{"op": "remove", "path": "active"}, {"op": "replace", "path": "active", "value": None}]
)
def test_active_can_not_be_removed(operation: dict[str, Any]) -> None:
    assert patched(mia(active=False), operation)["active"] is False


def test_a_patch_tells_what_it_sets() -> None:
    """Spec rule 9: active=true said again lifts a hold."""
    again = patch.read(USER, {"Operations": [{"op": "Add", "value": {"ACTIVE": "True"}}]})
    other = patch.read(USER, {"Operations": [{"op": "remove", "path": "active"}]})

    assert again.names("active")
    assert not other.names("active")


def test_a_member_added_by_hand_is_not_changed_by_a_look() -> None:
    """Requirement 7."""
    member = row({"userName": "hand@acme.test", "active": True})
    member.email = "hand@acme.test"

    fields = changes.apply(
        patch.read(USER, {"operations": [{"op": "add", "path": "active", "value": True}]}),
        document.stored(USER, member),
    )

    assert fields.changes(member) == {}


def test_a_patch_is_all_or_none() -> None:
    """Requirement 17."""
    member = row(mia(roles=[{"value": "a"}]))
    before = copy.deepcopy(document.stored(USER, member))
    good = {"op": "add", "path": "roles", "value": [{"value": "b"}]}
    bad = {"op": "replace", "path": "active", "value": "perhaps"}

    with pytest.raises(errors.InvalidValue):
        changes.apply(patch.read(USER, {"Operations": [good, bad]}), document.stored(USER, member))

    assert document.stored(USER, member) == before


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ("add", "invalidSyntax"),
        ({"path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": "move", "path": "title"}, "invalidSyntax"),
        ({"op": 5}, "invalidSyntax"),
        ({"op": "add", "path": "title"}, "invalidValue"),
        ({"op": "add", "value": "x"}, "invalidValue"),
        ({"op": "replace", "path": "title", "value": 5}, "invalidValue"),
        ({"op": "replace", "path": "name", "value": "Mia"}, "invalidValue"),
        ({"op": "replace", "path": "userName", "value": ""}, "invalidValue"),
        ({"op": "replace", "path": "userName", "value": None}, "invalidValue"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "remove", "path": ""}, "noTarget"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "id", "value": "7"}, "mutability"),
        ({"op": "replace", "path": "meta.created", "value": "7"}, "mutability"),
        ({"op": "add", "path": "groups", "value": []}, "mutability"),
        ({"op": "add", "path": "shoeSize", "value": "44"}, "invalidPath"),
        ({"op": "add", "path": "name.shoeSize", "value": "44"}, "invalidPath"),
        ({"op": "add", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": 'name[givenName eq "x"]', "value": {}}, "invalidPath"),
        ({"op": "add", "path": "a b c", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": 5, "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "x" * 10_000, "value": "x"}, "invalidPath"),
        ({"op": "add", "path": 'emails[shoeSize eq "4"].value', "value": "x"}, "invalidFilter"),
        ({"op": "remove", "path": 'roles[shoeSize eq "4"]'}, "invalidFilter"),
        ({"op": "add", "path": 'emails[primary gt "4"].value', "value": "x"}, "invalidFilter"),
    ],
)
def test_a_bad_operation_is_refused_by_its_kind(operation: Any, scim_type: str) -> None:
    """RFC 7644 Table 9."""
    error = refusal(operation)

    assert (error.status, error.scim_type) == (400, scim_type)


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        ("add", "Operation 2 must be an object."),
        ({"op": "move"}, "The op of operation 2 must be add, replace or remove."),
        ({"op": "add", "path": "title"}, "Operation 2 needs a value."),
        ({"op": "add", "path": 5, "value": "x"}, "The path of operation 2 must be text."),
        ({"op": "remove"}, "Operation 2 needs a path: name what to remove."),
        ({"op": "remove", "path": "userName"}, "userName is required and can't be removed."),
        ({"op": "add", "path": "id", "value": "7"}, "id is read-only."),
        ({"op": "add", "path": 'name[givenName eq "x"]', "value": {}}, "name has no list of values to select from."),
        ({"op": "add", "path": "x" * 150, "value": "y"}, f"{'x' * 100} names no attribute of User."),
        ({"op": "add", "path": f'{"x" * 150} eq "y"', "value": "y"}, f"The path {'x' * 100} selects nothing."),
    ],
)
def test_a_refusal_says_which_operation_and_why(operation: Any, says: str) -> None:
    good = {"op": "add", "path": "title", "value": "x"}

    assert refusal(good, operation).detail == says


@pytest.mark.parametrize("body", [{}, {"Operations": []}, {"Operations": {}}, {"Operations": None}])
def test_a_message_without_operations_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidSyntax):
        patch.read(USER, body)


@pytest.mark.parametrize("count", [1_000, 1_001])
def test_a_thousand_operations_are_the_most(count: int) -> None:
    """Requirement 27."""
    body = {"Operations": [{"op": "add", "path": "title", "value": "x"}] * count}

    if count <= 1_000:
        assert len(patch.read(USER, body).operations) == count
    else:
        with pytest.raises(errors.ScimError) as caught:
            patch.read(USER, body)
        assert caught.value.status == 413


def test_a_value_with_thousands_of_names_is_refused() -> None:
    keys = {f"emails[a{n}": 1 for n in range(600)}

    error = refusal({"op": "add", "value": keys}, {"op": "add", "value": keys})

    assert error.status == 413


def test_a_path_has_its_longest() -> None:
    """Requirement 27."""
    longest = f'roles[value eq "{"x" * (patch.MAX_PATH - 18)}"]'

    read = patch.read(USER, {"Operations": [{"op": "remove", "path": longest}]})
    error = refusal({"op": "remove", "path": longest.replace("x", "xx", 1)})

    assert (len(longest), len(read.operations)) == (patch.MAX_PATH, 1)
    assert (error.status, error.scim_type) == (400, "invalidPath")


def test_paths_that_are_too_long_together_are_refused() -> None:
    """Requirement 27: a thousand wide selections would take seconds to read."""
    wide = "roles[" + " or ".join(["value pr"] * 60) + "]"

    assert refusal(*[{"op": "remove", "path": wide}] * 1_000).status == 413


def test_paths_at_their_longest_together_are_read_and_one_more_is_not() -> None:
    longest = {"op": "remove", "path": f'roles[value eq "{"x" * (patch.MAX_PATH - 18)}"]'}
    as_many = [longest] * (patch.MAX_SELECTIONS // patch.MAX_PATH)

    assert len(patch.read(USER, {"Operations": as_many}).operations) == 128
    assert refusal(*as_many, {"op": "remove", "path": 'roles[value eq "a"]'}).status == 413


def test_a_thousand_people_can_be_selected_by_id() -> None:
    """JumpCloud, Okta and Entra empty a group with one path per member."""
    paths = [f'roles[value eq "0197a2f4-7b1c-7c3e-9d5f-{n:012d}"]' for n in range(1_000)]

    body = {"Operations": [{"op": "remove", "path": path} for path in paths]}

    assert len(patch.read(USER, body).operations) == 1_000


def test_erratum_7122_spells_a_selection_without_brackets() -> None:
    body = mia(roles=[{"value": "a", "type": "x"}, {"value": "b"}])

    assert patched(body, {"op": "remove", "path": 'roles.type eq "X"'})["roles"] == [{"value": "b"}]


@pytest.mark.parametrize(
    ("term", "left"),
    [
        ('type eq "WORK"', ["b", "c"]),
        ('type ne "work"', ["a"]),
        ('type pr and not (value co "B")', ["b", "c"]),
        ('value sw "a" or value ew "C"', ["b"]),
        ("type eq null", ["a", "b"]),
        ("type ne null", ["c"]),
        ("primary eq true", ["a", "b", "c"]),
        ('value gt "a" and value le "b"', ["a", "c"]),
    ],
)
def test_a_selection_takes_the_whole_filter_grammar(term: str, left: list[str]) -> None:
    """Requirement 22."""
    body = mia(roles=[{"value": "a", "type": "work"}, {"value": "b", "type": "home"}, {"value": "c"}])

    seen = patched(body, {"op": "remove", "path": f"roles[{term}]"})

    assert [role["value"] for role in seen["roles"]] == left


def test_operations_work_one_after_the_other() -> None:
    seen = patched(
        mia(),
        {"op": "add", "path": 'addresses[type eq "work"].country', "value": "SE"},
        {"op": "add", "path": 'addresses[type eq "work"].locality', "value": "Lund"},
        {"op": "replace", "path": 'addresses[type eq "work"].country', "value": "DK"},
    )

    assert seen["addresses"] == [{"type": "work", "country": "DK", "locality": "Lund"}]


def test_what_a_patch_leaves_is_what_a_put_of_it_would_leave() -> None:
    after = patched(mia(), {"op": "add", "value": {"title": "Chief", "roles": [{"value": "lead"}]}})

    assert shown(after)["roles"] == after["roles"]
