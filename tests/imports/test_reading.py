"""Files of people, as spreadsheets and other people's programs write them."""

import csv
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.imports import reading
from portal.imports.columns import COLUMNS
from portal.imports.reading import Line, Sheet
from portal.teams.errors import Invalid

PEOPLE = [("email", "first name"), ("ada@x.test", "Ada"), ("zoe@x.test", "Zoë")]


def lines(data: bytes) -> list[Line]:
    """Read all lines."""
    return list(reading.read(data).lines)


def taken_for(sheet: Sheet) -> list[str]:
    """Name what each column was taken for."""
    return [column.name if column else "" for _header, column in sheet.headers]


def refusal(data: bytes) -> str:
    """Why a file can't be read."""
    with pytest.raises(Invalid) as told:
        lines(data)
    return str(told.value)


def zipped() -> bytes:
    """A ZIP that somebody renamed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("people.csv", "email\nada@x.test\n")
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_file_reads_the_same(encoding: str, delimiter: str, end: str) -> None:
    data = end.join(delimiter.join(row) for row in PEOPLE).encode(encoding)

    assert [line.cells for line in lines(data)] == [
        {"email": "ada@x.test", "given_name": "Ada"}, {"email": "zoe@x.test", "given_name": "Zoë"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("E-Mail", "email"), ("Email Address", "email"), ("work_email", "email"), ("mail", "email"),
        ("First Name", "given_name"), ("givenName", "given_name"), ("Vorname", "given_name"),
        ("SURNAME", "family_name"), ("last-name", "family_name"), ("User Name", "user_name"), ("UPN", "user_name"),
        ("Full name", "display_name"), ("Role", "role"), ("Job title", "title"), ("Dept.", "department"),
        ("Favourite colour", ""),
    ],
)  # fmt: skip
def test_headers_are_known_by_their_usual_names(header: str, name: str) -> None:
    data = f"{header},{'email' if name != 'email' else 'colour'}\n".encode()

    assert taken_for(reading.read(data))[0] == name


def test_rows_are_numbered_as_a_spreadsheet_counts() -> None:
    found = lines(b'email,name\n\na@x.test,"two\nlines"\nb@x.test,B\n')

    assert [line.number for line in found] == [3, 4]


def test_excel_may_name_its_delimiter_first() -> None:
    assert lines(b"sep=;\nemail;name\na@x.test;A\n")[0].cells == {"email": "a@x.test", "display_name": "A"}


@pytest.mark.parametrize("said", ['"', " ", "", "a", "\x00", "€"])
def test_a_line_that_names_what_parts_nothing_is_passed_over(said: str) -> None:
    assert lines(f"sep={said}\nemail,name\na@x.test,A\n".encode())[0].cells["email"] == "a@x.test"


def test_a_quoted_cell_holds_what_parts_cells_elsewhere() -> None:
    assert lines(b'email,name\na@x.test,"Ada, the ""first"""\n')[0].cells["display_name"] == 'Ada, the "first"'


def test_a_row_that_is_not_quoted_as_it_must_be_is_told_and_the_next_goes_on() -> None:
    found = lines(b'email,name\na@x.test,"Ada "The Great" L"\nb@x.test,B\n')

    assert [(line.number, line.trouble) for line in found] == [
        (2, "A quotation mark stands where none may stand."),
        (3, ""),
    ]


def test_a_row_with_more_cells_than_names_is_told() -> None:
    found = lines(b"email\na@x.test,,\nb@x.test,x\n")

    assert [line.trouble for line in found] == ["", "The row has more cells than the first row has names."]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf\r\n \r\n", "The file is empty."),
        (zipped(), "a workbook, an archive or a picture"),
        (b"\x89PNG\r\n", "a workbook, an archive or a picture"),
        (b"name,age\nAda,3\n", "No column is called email. The first row says: name, age"),
        (b"ada@x.test,Ada\n", "The first row holds a person."),
        (b"email,mail\na@x.test,b@x.test\n", "Several columns mean E-mail: email, mail."),
        (b"email,role,Role\n", "Several columns mean Role"),
        (("email," + ",".join(map(str, range(9_999)))).encode(), "The file has 10000 columns; at most 200"),
        (b'email,name\na@x.test,"open\n' + b"b@x.test,B\n" * 10, "The quotation mark opened in row 2 is never closed."),
        (b"email,name\na@x.test," + b"x" * 2**20 + b"\n", "Row 2 has a cell of more than 128 KB"),
        (b"email\n" + b"a@x.test\n" * (reading.MOST_ROWS + 1), "more than 100000 rows"),
        (b"email\n" + b"x" * reading.MOST_BYTES, "more than 20 MB"),
        (b"\xff\xfee\x00m\x00a", "holds bytes that are no text"),
    ],
)
def test_a_file_that_can_not_be_read_says_why(data: bytes, words: str) -> None:
    assert words in refusal(data)


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(*[CELLS] * 3), max_size=8),
    delimiter=st.sampled_from(reading.DELIMITERS),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    order=st.permutations(["email", "given_name", "department"]),
)
def test_what_a_spreadsheet_writes_is_what_is_read(
    rows: list[tuple[str, ...]], delimiter: str, encoding: str, order: list[str]
) -> None:
    file = io.StringIO()
    table = csv.writer(file, delimiter=delimiter)
    table.writerow(order)
    table.writerows(rows)

    found = lines(file.getvalue().encode(encoding))

    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert [line.cells for line in found] == [dict(zip(order, row, strict=True)) for row in filled]


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=300) | st.binary(max_size=200).map(lambda end: b"email,name\n" + end))
def test_whatever_bytes_come_are_rows_or_a_sentence(data: bytes) -> None:
    try:
        found = lines(data)
    except Invalid as told:
        assert str(told)
    else:
        assert all(line.cells.keys() <= {column.name for column in COLUMNS} for line in found)
