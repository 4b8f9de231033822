"""The bundle: all content in one document, for offline use."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Struct

from chalicelib.documents.envelope import Document

BUNDLE_PATH = "/v1/bundle"
Digest = Annotated[str, msgspec.Meta(description="Of the `data` at this path. Opaque: compare it, nothing else.")]


class BundleResource(Struct, frozen=True, kw_only=True):
    """One URL in the bundle: its `data`, and the digest that the change log names when the data changes."""

    path: str
    digest: Digest
    data: Any


class BundleList(Struct, frozen=True, kw_only=True):
    """One list in the bundle: the paths of its members, in order."""

    path: str
    digest: Digest
    members: tuple[str, ...]


class Bundle(Struct, frozen=True, kw_only=True):
    """All content in one language, for offline use."""

    resources: tuple[BundleResource, ...]
    lists: tuple[BundleList, ...]


BUNDLE_LINKS = {"self": BUNDLE_PATH, "service": "/v1"}


def bundle(
    resources: Iterable[BundleResource], ids: Mapping[str, Iterable[str]], documents: Mapping[str, Document]
) -> Bundle:
    """Return the data of the article and of every entity, and each list as the paths of its members.

    `ids` and `documents` have every list by its path.
    """
    lists = (
        BundleList(
            path=path, digest=documents[path].digest, members=tuple(f"{path}/{entity_id}" for entity_id in members)
        )
        for path, members in ids.items()
    )
    return Bundle(resources=tuple(resources), lists=tuple(lists))
