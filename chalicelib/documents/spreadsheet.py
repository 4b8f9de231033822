"""The sources as CSV (RFC 4180), for spreadsheets. Pure. Imported on first use."""

import csv
from io import StringIO
from typing import Any

import msgspec

from chalicelib.documents.envelope import Document, text_document
from chalicelib.documents.render import RenderedEdition

# Members of a source's JSON. The last columns are of `meta`: a row that is copied elsewhere takes them along.
COLUMNS = (
    "id",
    "citation",
    "title",
    "authors",
    "year",
    "journal_or_publisher",
    "study_type",
    "study_subject",
    "control",
    "population_n",
    "about_effect",
    "about_harm",
    "funding",
    "status",
    "status_checked",
    "doi",
    "pmid",
    "url",
    "summary",
    "finding",
    "cited_by",
    "edition",
    "attribution_and_disclaimer",
)
# A spreadsheet runs a cell that begins so as a formula, also in full width.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")


def sources_csv(edition: RenderedEdition, path: str) -> Document:
    """Return the sources at a path, the complete or a filtered list, as CSV with a header, one row for each."""
    meta = edition.meta
    shared = {"edition": meta.edition, "attribution_and_disclaimer": f"{meta.attribution} {meta.disclaimer}"}
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for source in msgspec.json.decode(edition.documents[path].body)["data"]:
        writer.writerow([cell(name, (source | shared).get(name)) for name in COLUMNS])
    return text_document(text.getvalue())


def cell(name: str, value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the text of a cell: a label for a code, authors joined by "; ", and paths joined by a space.

    An apostrophe is put before a text that a spreadsheet would run as a formula.
    """
    if name == "cited_by":
        value = " ".join(dict.fromkeys(cited["path"] for cited in value))
    elif isinstance(value, list):
        value = "; ".join(value)
    elif isinstance(value, dict):
        value = value["label"]
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
