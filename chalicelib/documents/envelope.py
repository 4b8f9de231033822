"""The envelope of the JSON documents (`data`, `meta`, `links`) and their `ETag`."""

from datetime import date, datetime
from hashlib import blake2b
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Struct

from chalicelib.content.editions import Edition
from chalicelib.content.model import Article, ChangeKind, ChangeKindCode, ClinicalReview, LanguageTag, Translation


class SupersededBy(Struct, frozen=True, kw_only=True):
    """The current edition, named in replies from an older one."""

    edition: str
    kind: Annotated[ChangeKind, msgspec.Meta(description="The most severe kind of change since the requested edition.")]
    published_at: Annotated[datetime, msgspec.Meta(tz=True)]


class Meta(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The edition, dates, language, attribution and disclaimer, which belong to every copy of a reply."""

    edition: str
    published_at: Annotated[datetime, msgspec.Meta(tz=True, description="When this edition was first published.")]
    language: LanguageTag
    translation: Translation
    checked: Annotated[date, msgspec.Meta(description="When the editors last compared the article with its sources.")]
    next_check: Annotated[date, msgspec.Meta(description="When that is due again. No cache keeps a reply for longer.")]
    clinical_review: Annotated[ClinicalReview | None, msgspec.Meta(description="Null: no clinician has reviewed it.")]
    attribution: str
    disclaimer: str
    superseded_by: SupersededBy | None = None


class Document(NamedTuple):
    """The body and `ETag` of a reply; in an envelope, also the digest of its `data`."""

    body: str
    etag: str
    digest: str = ""


def edition_meta(edition: Edition, article: Article) -> Meta:
    """Return the `meta` that all replies of an edition share."""
    superseded, newer = edition.superseded_by, None
    if superseded:
        kind = change_kind(article, superseded.kind)
        newer = SupersededBy(edition=superseded.edition, kind=kind, published_at=superseded.published_at)
    return Meta(
        edition=edition.manifest.edition,
        published_at=edition.manifest.published_at,
        language=article.language,
        translation=article.translation,
        checked=article.checked,
        next_check=article.next_check,
        clinical_review=article.clinical_review,
        attribution=article.attribution,
        disclaimer=article.disclaimer,
        superseded_by=newer,
    )


def change_kind(article: Article, code: ChangeKindCode) -> ChangeKind:
    """Return a kind of change with its label in the article's language."""
    return ChangeKind(code=code, label=article.labels.change_kind[code])


def enveloped(data: object, meta: msgspec.Raw, links: dict[str, str]) -> Document:
    """Return data in an envelope, as JSON text with its `ETag`.

    The digest is of the data alone: unlike the `ETag`, it stays the same in an edition that changes something else.
    """
    encoded = data if isinstance(data, msgspec.Raw) else encode(data)
    return to_document({"data": encoded, "meta": meta, "links": links})._replace(digest=digest(encoded))


def encode(data: object) -> msgspec.Raw:
    """Return data as JSON that msgspec copies into documents unchanged."""
    return msgspec.Raw(msgspec.json.encode(data))


def to_document(value: object) -> Document:
    """Return a value as JSON text, with its `ETag`."""
    body = msgspec.json.encode(value)
    return Document(body.decode(), etag(body))


def text_document(text: str) -> Document:
    """Return a text, with its `ETag`."""
    return Document(text, etag(text.encode()))


def etag(body: bytes) -> str:
    """Return the strong entity tag of a body (RFC 9110, section 8.8.3)."""
    return f'"{digest(body)}"'


def digest(content: bytes | msgspec.Raw) -> str:
    """Return 128 bits of the BLAKE2b (RFC 7693) of some bytes, in hexadecimal."""
    return blake2b(content, digest_size=16).hexdigest()


def query(path: str, name: str, value: str) -> str:
    """Return a URL with one more query parameter. Does not escape: names and values here never need it."""
    return f"{path}{'&' if '?' in path else '?'}{name}={value}"
