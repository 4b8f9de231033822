"""The bundle: all content in one document, for offline use."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Struct

from chalicelib.documents.envelope import Document
from chalicelib.documents.lists import SERVED_LISTS


class BundleResource(Struct, frozen=True, kw_only=True):
    """One URL in the bundle: its `data`, and its `ETag`, with which a client can refresh it alone."""

    path: str
    etag: Annotated[str, msgspec.Meta(description="Send it unchanged in `If-None-Match`.")]
    data: Any


class BundleList(Struct, frozen=True, kw_only=True):
    """One list in the bundle: the paths of its members, in order."""

    path: str
    etag: str
    members: tuple[str, ...]


class Bundle(Struct, frozen=True, kw_only=True):
    """All content in one language, for offline use."""

    resources: tuple[BundleResource, ...]
    lists: tuple[BundleList, ...]


BUNDLE_LINKS = {"self": "/v1/bundle", "service": "/v1"}


def bundle(resources: Sequence[BundleResource], documents: Mapping[str, Document]) -> Bundle:
    """Return the data of the article and of every entity, and each list as the paths of its members.

    `resources` starts with the article. `documents` has every list by its path.
    """
    members: dict[str, list[str]] = {resource.path: [] for resource in SERVED_LISTS}
    for resource in resources[1:]:  # the article is in no list
        members[resource.path.rpartition("/")[0]].append(resource.path)
    lists = (BundleList(path=path, etag=documents[path].etag, members=tuple(paths)) for path, paths in members.items())
    return Bundle(resources=tuple(resources), lists=tuple(lists))
