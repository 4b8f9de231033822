"""The registry of the lists."""

import pytest

from chalicelib.documents.lists import LISTS, SERVED_LISTS, require_entries
from chalicelib.web.endpoints import require_routes

ROUTES = {path for resource in SERVED_LISTS for path in (resource.path, f"{resource.path}/{{id}}")}


@pytest.mark.parametrize("missing", sorted(ROUTES))
def test_a_list_without_a_route_is_refused(missing: str) -> None:
    require_routes(ROUTES)
    with pytest.raises(LookupError, match=r"app\.py lacks the route /v1/"):
        require_routes(ROUTES - {missing})


@pytest.mark.parametrize("missing", LISTS, ids=lambda resource: resource.section)
def test_a_type_without_a_list_is_refused(missing: object) -> None:
    with pytest.raises(LookupError, match="lacks an entry"):
        require_entries([resource for resource in LISTS if resource is not missing])
