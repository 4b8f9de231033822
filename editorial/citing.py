"""Citations of sources in one line, in the style of the National Library of Medicine (*Citing Medicine*, 2nd edition).

The style file is from https://github.com/citation-style-language/styles, under CC BY-SA 3.0.
"""

from functools import cache
from pathlib import Path

from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON

from chalicelib.content.model import Source
from chalicelib.documents.csl import csl_item

STYLE = Path(__file__).with_name("nlm-citation-sequence.csl")


@cache
def cite(source: Source) -> str:
    """Return the citation of a source.

    Authors are written as in the source. Given names become initials only after a comma, which marks the family name.
    """
    bibliography = CitationStylesBibliography(_style(), CiteProcJSON([csl_item(source)]), formatter.plain)
    bibliography.register(Citation([CitationItem(source.id)]))
    numbered = str(bibliography.bibliography()[0])
    # citeproc-py ends a title with a full stop even after its question mark.
    return numbered.removeprefix("1.").strip().replace("?.", "?")


@cache
def _style() -> CitationStylesStyle:
    return CitationStylesStyle(str(STYLE), validate=False)
