"""The change log as an Atom feed (RFC 4287), for people who follow the content. Pure. Imported on first use."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from chalicelib.documents.changes import CHANGES_PATH, FEED_PATH
from chalicelib.documents.envelope import Document, change_kind, query, text_document
from chalicelib.documents.render import RenderedEdition

ATOM = "http://www.w3.org/2005/Atom"
XML = "http://www.w3.org/XML/1998/namespace"
# A random UUID. Never change it: feed readers would show every entry again.
NAMESPACE = UUID("d86e1a3a-6f0f-4d6f-9a5b-5d0e4b7c2f19")
# What XML 1.0 (section 2.2) cannot contain, escaped or not. An editor's terminal may put it into a note.
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("", ATOM)


def feed(edition: RenderedEdition, feed_name: str, root: str, params: Mapping[str, str]) -> Document:
    """Return the feed of all changes, the newest first.

    `feed_name` identifies the feed for ever, on whatever host. `root` is the address of the API, without a slash at the
    end. `params` are the query parameters of the request.
    """
    article, language = edition.article, edition.article.language
    url = f"{root}{FEED_PATH}"
    for name, value in params.items():
        url = query(url, name, value)
    document = Element(f"{{{ATOM}}}feed", {f"{{{XML}}}lang": language})
    add(document, "id", permanent_id(feed_name, language))
    add(document, "title", article.service_name)
    add(document, "subtitle", f"{article.attribution} {article.disclaimer}")
    add(
        document,
        "updated",
        timestamp(edition.changes[-1].published_at if edition.changes else edition.meta.published_at),
    )
    add(add(document, "author"), "name", article.service_name)
    add(document, "link", rel="self", type="application/atom+xml", href=url)
    add(document, "link", rel="alternate", type="text/html", href=f"{root}/")
    for change in reversed(edition.changes):
        entry = add(document, "entry")
        kind = change_kind(article, change.kind)
        add(entry, "id", permanent_id(feed_name, language, change.edition, timestamp(change.published_at)))
        add(entry, "title", kind.label)
        add(entry, "updated", timestamp(change.published_at))
        add(entry, "content", change.note, type="text")
        add(entry, "link", rel="alternate", type="text/html", href=f"{root}/")
        add(entry, "link", rel="related", type="application/json", href=f"{root}{CHANGES_PATH}")
        add(entry, "category", term=kind.code, label=kind.label)
        add(entry, "category", term=change.action)
        # Programs that merge feeds take entries out of theirs.
        add(entry, "rights", f"{article.attribution} {article.disclaimer}")
    body = tostring(document, encoding="unicode")
    return text_document(f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n')


def add(parent: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    """Add an element of Atom to another one, and return it."""
    element = SubElement(parent, f"{{{ATOM}}}{name}", attributes)
    element.text = NO_XML.sub("", text) if text else None
    return element


def permanent_id(*names: str) -> str:
    """Return the URN that these names always have (RFC 9562, section 5.5)."""
    return uuid5(NAMESPACE, "\n".join(names)).urn


def timestamp(moment: datetime) -> str:
    """Return a moment as Atom writes it (RFC 3339)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
