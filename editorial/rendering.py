"""Render an edition before users can request it: what fails here would fail in every instance."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from chalicelib.content.editions import Edition, Manifest
from chalicelib.content.model import Entity
from chalicelib.content.table import EditionContent
from chalicelib.documents import cards, pages
from chalicelib.documents.bundle import BUNDLE_PATH
from chalicelib.documents.changes import CHANGES_PATH
from chalicelib.documents.render import PAGES, render_edition
from chalicelib.settings import APPLICATION

MAX_PATHS_NAMED = 1_000
MAX_BODY = 4_000_000  # bytes; Lambda refuses responses over 6 MB, which also hold headers and JSON escapes


class RenderedData(NamedTuple):
    """By path, the digest of the `data` at every URL that the change log names, and the members of every list."""

    digests: dict[str, str]
    members: dict[str, tuple[str, ...]]


class ChangedData(NamedTuple):
    """What the change log says of a change: the paths whose data differs, and the new digests and members of lists."""

    paths: tuple[str, ...]
    digests: dict[str, str]
    members: dict[str, tuple[str, ...]]


def rendered_data(manifest: Manifest, language: str, entities: tuple[Entity, ...]) -> RenderedData | None:
    """Return what an edition's documents hold, or None if they cannot be rendered."""
    try:
        rendered = render_edition(Edition(manifest, language, entities, ()))
    except Exception:  # noqa: BLE001 - then the log names the bundle only; `rendering_problems` reports a new edition
        return None
    digests = {
        path: document.digest
        for path, document in rendered.documents.items()
        if path not in {CHANGES_PATH, BUNDLE_PATH}
    }
    members = {path: tuple(f"{path}/{name}" for name in names) for path, names in rendered.ids.items()}
    return RenderedData(digests, members)


def changed_data(before: RenderedData | None, after: RenderedData | None) -> ChangedData:
    """Return what differs. If either side is not known, or too much differs, the only path is the bundle's."""
    if before is not None and after is not None:
        old, new = before.digests, after.digests
        paths = tuple(path for path in new | old if old.get(path) != new.get(path))
        if len(paths) <= MAX_PATHS_NAMED:
            digests = {path: new[path] for path in paths if path in new}
            members = {path: names for path, names in after.members.items() if before.members.get(path) != names}
            return ChangedData(paths, digests, members)
    return ChangedData((BUNDLE_PATH,), {}, {})


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
        card_paths = (cards.OVERVIEW, *cards.LIST_CARDS, *rendered.entities)
        for url in (*(f"/{path}" for path in PAGES), *(f"/embed/{path}" for path in card_paths)):
            try:
                page = pages.html_at(rendered, url, APPLICATION)
            except Exception as error:  # noqa: BLE001 - as above
                yield f"{url} in {language} cannot be rendered: {error!r}"
                continue
            if page:
                documents.append((url, page.document))
        for url, document in documents:
            size = len(document.body.encode())
            if size > MAX_BODY:
                yield f"{url} in {language} is too large: {size:,} bytes, of which at most {MAX_BODY:,} can be sent"
