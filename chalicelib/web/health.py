"""The body of `/v1/health`."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.edition_cache import RefreshResult


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Which edition is served, since when, and whether the last refresh from the table worked."""

    status: Literal["ok", "stale"]
    edition: str
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None
    languages: list[str]
    languages_in_memory: list[str]
    check: Literal["current", "overdue"]
    last_refresh: RefreshResult | None
