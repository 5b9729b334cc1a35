"""A file of people as somebody's spreadsheet wrote it: in which characters, how its cells are parted, what is in them.

Pure: bytes in, rows out, one after the other. What can't be read at all is Invalid in words; a row that can't be used
says so itself, and the others go on.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.imports.columns import COLUMNS, Column, called
from portal.teams.errors import Invalid

MOST_BYTES, MOST_ROWS, MOST_COLUMNS = 20 * 1024 * 1024, 100_000, 200
DELIMITERS = (",", ";", "\t", "|")
# A header that is longer than this is no header.
HEAD_CHARACTERS = 64 * 1024
NO_TABLES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\xd0\xcf\x11\xe0": "xls",
    b"%PDF": "pdf",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"\x1f\x8b": "gzip",
}
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Line:
    """One row of the file: its number as a spreadsheet counts, its cells by column, or why it can't be used."""

    number: int
    cells: dict[str, str]
    trouble: str = ""


@dataclass(frozen=True)
class Sheet:
    """What the first row says, and the rows below it."""

    encoding: str
    delimiter: str
    # Each header as it stands there, and what it was taken for.
    headers: list[tuple[str, Column | None]]
    lines: Iterator[Line]


def read(data: bytes) -> Sheet:
    """Read a file; Invalid where it is no table of people."""
    encoding = encoding_of(data)
    delimiter = _delimiter(_text(data, encoding, "replace").read(HEAD_CHARACTERS))
    rows = enumerate(_rows(csv.reader(_text(data, encoding), delimiter=delimiter, strict=True)), 1)
    first = next((row for _n, row in rows if _filled(row) and not _names_delimiter(row)), [])
    if isinstance(first, str):
        raise Invalid(first)
    headers = _headers(first)
    return Sheet(encoding, delimiter, headers, _lines(rows, [column for _header, column in headers]))


# ── Characters ───────────────────────────────────────────────────────────────────────────────────────────────────────
def encoding_of(data: bytes) -> str:
    """Say in which characters a file is written: by its mark, by its zeros, UTF-8 where it is, else Windows' own."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise Invalid(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise Invalid(_("The file has more than {n} MB. Split it.").format(n=MOST_BYTES // 2**20))
    if any(data.startswith(magic) for magic in NO_TABLES):
        raise Invalid(
            _("This is no CSV file but a workbook, an archive or a picture. Save the sheet as CSV and send that.")
        )
    marked = next((name for mark, name in MARKS if data.startswith(mark)), None)
    return marked or _by_zeros(data[:4096]) or _narrow(data)


def _by_zeros(head: bytes) -> str | None:
    """Latin letters in UTF-16 without a mark have a zero beside each."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 4 < len(head):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _narrow(data: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            for start in range(0, len(data), 2**16):
                decoder.decode(data[start : start + 2**16])
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _text(data: bytes, encoding: str, errors: str = "strict") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding, errors, newline="")


# ── The first row ────────────────────────────────────────────────────────────────────────────────────────────────────
def _delimiter(head: str) -> str:
    """Choose the delimiter that makes most columns we know of the first row, then the one that makes most columns."""
    lines = [line for line in head.splitlines() if line.strip()]
    # Only what can part cells: from Python 3.13 on a quote is refused with an error that is no csv.Error.
    if lines and lines[0].lower().startswith("sep=") and lines[0][4:] in (*DELIMITERS, ":", "^", "~"):
        return lines[0][4:]
    return max(DELIMITERS, key=lambda delimiter: _score(lines[0] if lines else "", delimiter))


def _score(line: str, delimiter: str) -> tuple[int, int]:
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return 0, 0
    return sum(called(cell) is not None for cell in cells), len(cells)


def _names_delimiter(row: list[str] | str) -> bool:
    """Excel's own first line `sep=;` is no row; parted by itself it is two cells."""
    return isinstance(row, list) and row[0].lower().startswith("sep=")


def _headers(first: list[str]) -> list[tuple[str, Column | None]]:
    if len(first) > MOST_COLUMNS:
        raise Invalid(_("The file has {n} columns; at most {most} are read.").format(n=len(first), most=MOST_COLUMNS))
    headers = [(" ".join(cell.split())[:100], called(cell)) for cell in first]
    for column in COLUMNS:
        same = [header for header, found in headers if found is column]
        if len(same) > 1:
            told = _("Several columns mean {column}: {headers}. Keep one of them.")
            raise Invalid(told.format(column=column.label, headers=", ".join(same)))
    if not any(column is COLUMNS[0] for _header, column in headers):
        raise Invalid(_no_address(first))
    return headers


def _no_address(first: list[str]) -> str:
    if any("@" in cell for cell in first):
        return _("The first row holds a person. It must name the columns: email, first name, last name …")
    seen = ", ".join(cell.strip()[:40] for cell in first[:6] if cell.strip())
    return _("No column is called email. The first row says: {seen}").format(seen=seen)


# ── The rows below ───────────────────────────────────────────────────────────────────────────────────────────────────
def _rows(reader: Iterator[list[str]]) -> Iterator[list[str] | str]:
    """Yield rows, and a sentence for one that is not quoted as it must be; Invalid where all that follows is lost."""
    number = 0
    while True:
        number += 1
        try:
            row = next(reader, None)
        except UnicodeDecodeError:
            raise Invalid(_("Row {n} holds bytes that are no text.").format(n=number)) from None
        except csv.Error as error:
            if "expected after" not in str(error):
                raise Invalid(_lost(number, str(error))) from None
            yield _("A quotation mark stands where none may stand.")
            continue
        if row is None:
            return
        # PostgreSQL keeps no NUL.
        yield [cell.replace("\x00", "\ufffd") for cell in row]


def _lost(number: int, error: str) -> str:
    if "field larger" in error:
        told = _("Row {n} has a cell of more than 128 KB; a quotation mark that is never closed does that.")
    else:
        told = _("The quotation mark opened in row {n} is never closed.")
    return told.format(n=number)


def _filled(row: list[str] | str) -> bool:
    return isinstance(row, str) or any(cell.strip() for cell in row)


def _lines(rows: Iterator[tuple[int, list[str] | str]], columns: list[Column | None]) -> Iterator[Line]:
    seen = 0
    for number, row in rows:
        if not _filled(row):
            continue
        seen += 1
        if seen > MOST_ROWS:
            raise Invalid(_("The file has more than {n} rows. Split it.").format(n=MOST_ROWS))
        yield _line(number, row, columns)


def _line(number: int, row: list[str] | str, columns: list[Column | None]) -> Line:
    if isinstance(row, str):
        return Line(number, {}, row)
    cells = {column.name: cell for column, cell in zip(columns, row, strict=False) if column is not None}
    if any(cell.strip() for cell in row[len(columns) :]):
        return Line(number, cells, _("The row has more cells than the first row has names."))
    return Line(number, cells)
