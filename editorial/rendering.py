"""Render an edition before users can request it: what fails here would fail in every instance."""

from collections.abc import Iterator, Mapping

from chalicelib.content.editions import Edition, Manifest
from chalicelib.content.table import EditionContent
from chalicelib.documents import cards, pages
from chalicelib.documents.render import render_edition
from chalicelib.settings import APPLICATION

MAX_BODY = 4_000_000  # bytes; Lambda refuses responses over 6 MB, which also hold headers and JSON escapes


def rendering_problems(manifest: Manifest, content_by_language: Mapping[str, EditionContent]) -> Iterator[str]:
    """Yield a message for each document or page of an edition that cannot be rendered, or is too large."""
    if not content_by_language:
        yield "the edition has no language"
    for language, (entities, changes) in content_by_language.items():
        try:
            rendered = render_edition(Edition(manifest, language, entities, changes))
        except Exception as error:  # noqa: BLE001 - any error here would occur in every instance
            yield f"the documents in {language} cannot be rendered: {error!r}"
            continue
        documents = [*rendered.documents.items(), ("/v1/article as JSON-LD", rendered.linked_data)]
        for path in ("", cards.OVERVIEW, *cards.LIST_CARDS, *rendered.entities):
            url = f"/embed/{path}" if path else "/"
            try:
                page = pages.page(rendered, path, APPLICATION)
            except Exception as error:  # noqa: BLE001 - as above
                yield f"{url} in {language} cannot be rendered: {error!r}"
                continue
            if page:
                documents.append((url, page[0]))
        for url, document in documents:
            size = len(document.body.encode())
            if size > MAX_BODY:
                yield f"{url} in {language} is too large: {size:,} bytes, of which at most {MAX_BODY:,} can be sent"
