"""Rendering an edition before users can ask for it: what fails here would fail for all of them."""

from collections.abc import Iterator, Mapping

from chalicelib.content.editions import Edition, Manifest
from chalicelib.content.table import EditionContent
from chalicelib.documents import cards, pages
from chalicelib.documents.render import render_edition

LARGEST = 4_000_000  # bytes of one reply; Lambda refuses 6 MB, and the difference leaves room for its envelope


def defects(manifest: Manifest, edition_content: Mapping[str, EditionContent]) -> Iterator[str]:
    """Yield what of an edition cannot be served, and why: documents and pages that fail, or are too large."""
    if not edition_content:
        yield "the edition has no language"
    for language, (entities, changes) in edition_content.items():
        try:
            view = render_edition(Edition(manifest, language, entities, changes))
        except Exception as error:  # noqa: BLE001 - whatever it is, the same would happen in every instance
            yield f"the documents in {language} cannot be rendered: {error!r}"
            continue
        replies = [*view.documents.items(), ("/v1/article as JSON-LD", view.linked_data)]
        for path in ("", cards.OVERVIEW, *cards.LIST_CARDS, *view.entities):
            url = f"/embed/{path}" if path else "/"
            try:
                made = pages.page(view, path)
            except Exception as error:  # noqa: BLE001 - as above
                yield f"{url} in {language} cannot be rendered: {error!r}"
                continue
            if made:
                replies.append((url, made[0]))
        for url, reply in replies:
            size = len(reply.body.encode())
            if size > LARGEST:
                yield f"{url} in {language} is too large: {size:,} bytes, of which at most {LARGEST:,} can be sent"
