"""Sources as CSL-JSON, which citation managers and citation libraries read. Pure.

CSL-JSON is described by https://github.com/citation-style-language/schema, file `csl-data.json`.
"""

from typing import Any

import msgspec

from chalicelib.content.model import Source
from chalicelib.documents.envelope import Document, to_document
from chalicelib.documents.render import RenderedEdition

# The item types of CSL 1.0.2, appendix III, by study type. All other sources are articles in journals.
ITEM_TYPES = {
    "court-ruling": "legal_case",
    "health-technology-assessment": "report",
    "legislation": "legislation",
    "licensing-board-notice": "webpage",
    "press-report": "article-newspaper",
    "regulator-notice": "report",
}


def csl_document(edition: RenderedEdition, path: str) -> Document:
    """Return the sources at a path as CSL-JSON: an array, of one item if it is the path of one source."""
    data = msgspec.json.decode(edition.documents[path].body)["data"]
    ids = [entity["id"] for entity in (data if isinstance(data, list) else [data])]
    sources = (edition.entities[f"source/{name}"] for name in ids)
    items = [csl_item(source) for source in sources if isinstance(source, Source)]
    return to_document(items)


def csl_item(source: Source) -> dict[str, Any]:
    """Return a source as an item of CSL-JSON, without the properties that it lacks."""
    item_type = ITEM_TYPES.get(source.study_type.code, "article-journal")
    container = "container-title" if item_type.startswith("article") else "publisher"
    properties = {
        "author": [csl_name(author) for author in source.authors or ()],
        "issued": {"date-parts": [[source.year]]} if source.year else None,
        container: source.journal_or_publisher,
        "DOI": source.doi,
        "PMID": source.pmid,
        "URL": source.url,
    }
    given = {name: value for name, value in properties.items() if value}
    return {"id": source.id, "type": item_type, "title": source.title, **given}


def csl_name(author: str) -> dict[str, str]:
    """Return an author as a CSL name. Only a comma tells which part is the family name; nothing else is guessed."""
    family, comma, given = author.partition(", ")
    return {"family": family, "given": given} if comma else {"literal": author}
