"""The envelope of the JSON documents (`data`, `meta`, `links`) and their `ETag`."""

from datetime import date, datetime
from hashlib import blake2b
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.content.editions import Edition, Superseded
from chalicelib.content.model import Article, LanguageTag, Translation


class Meta(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The edition, dates, language, attribution and disclaimer, which belong to every copy of a reply."""

    edition: str
    published_at: Annotated[datetime, msgspec.Meta(description="When this edition was first published.")]
    language: LanguageTag
    translation: Annotated[Translation, msgspec.Meta(description="`source`: the language in which it was written.")]
    reviewed: Annotated[date, msgspec.Meta(description="When the article was last checked against its sources.")]
    next_review: date
    attribution: str
    disclaimer: str
    superseded_by: Superseded | None = None


class Document(NamedTuple):
    """The body and `ETag` of a reply."""

    body: str
    etag: str


def edition_meta(edition: Edition, article: Article) -> Meta:
    """Return the `meta` that all replies of an edition share."""
    return Meta(
        edition=edition.manifest.edition,
        published_at=edition.manifest.published_at,
        language=article.language,
        translation=article.translation,
        reviewed=article.reviewed,
        next_review=article.next_review,
        attribution=article.attribution,
        disclaimer=article.disclaimer,
        superseded_by=edition.superseded_by,
    )


def enveloped(data: object, meta: msgspec.Raw, links: dict[str, str]) -> Document:
    """Return data in an envelope, as JSON text with its `ETag`."""
    return to_document({"data": data, "meta": meta, "links": links})


def to_document(value: object) -> Document:
    """Return a value as JSON text, with its `ETag`."""
    body = msgspec.json.encode(value)
    return Document(body.decode(), etag(body))


def etag(body: bytes) -> str:
    """Return the strong entity tag of a body (RFC 9110, section 8.8.3): 128 bits of BLAKE2b (RFC 7693)."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def query(path: str, name: str, value: str) -> str:
    """Return a URL with one more query parameter. Does not escape: names and values here never need it."""
    return f"{path}{'&' if '?' in path else '?'}{name}={value}"
