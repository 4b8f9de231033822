"""The registry of the lists."""

import pytest

from chalicelib.documents.lists import SERVED_LISTS
from chalicelib.web.endpoints import require_routes

ROUTES = {path for resource in SERVED_LISTS for path in (resource.path, f"{resource.path}/{{id}}")}


@pytest.mark.parametrize("missing", sorted(ROUTES))
def test_a_list_without_a_route_is_refused(missing: str) -> None:
    require_routes(ROUTES)
    with pytest.raises(LookupError, match=r"app\.py lacks the route /v1/"):
        require_routes(ROUTES - {missing})
