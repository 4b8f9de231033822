"""The part of botocore's data that `GetItem` and `Query` need: 40 kB to read instead of 1.4 MB (decision 3).

The files have the layout of botocore's own data folder (`botocore.loaders`), so botocore reads them as its own.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

SERVICE = "dynamodb"
VERSION = "2012-08-10"
OPERATIONS = ("GetItem", "Query")
COPIED = ("partitions", "_retry", "sdk-default-configuration")


def write_botocore_data(folder: Path) -> None:
    """Write the data files into a folder."""
    for name, data in data_files():
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")


def data_files() -> Iterator[tuple[str, Any]]:
    """Yield the name of each file in botocore's data folder, without its suffix, and its reduced content."""
    load: Callable[[str], Any] = Loader().load_data
    service = f"{SERVICE}/{VERSION}"
    yield f"{service}/service-2", reduced_model(load(f"{service}/service-2"))
    yield f"{service}/endpoint-rule-set-1", load(f"{service}/endpoint-rule-set-1")
    paginators = load(f"{service}/paginators-1")["pagination"]
    yield (
        f"{service}/paginators-1",
        {"pagination": {name: paginators[name] for name in OPERATIONS if name in paginators}},
    )
    endpoints = load("endpoints")
    for partition in endpoints["partitions"]:
        partition["services"] = {name: it for name, it in partition["services"].items() if name == SERVICE}
    yield "endpoints", endpoints
    yield from ((name, load(name)) for name in COPIED)


def reduced_model(model: dict[str, Any]) -> dict[str, Any]:
    """Return a service's model with our operations and the shapes that they use, without documentation."""
    operations = {name: model["operations"][name] for name in OPERATIONS}
    shapes: dict[str, Any] = {}
    pending = shape_names(operations)
    while pending:
        name = pending.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            pending += shape_names(shapes[name])
    reduced = json.dumps({**model, "operations": operations, "shapes": shapes})
    return dict(json.loads(reduced, object_hook=without_documentation))


def shape_names(part: Any) -> list[str]:  # noqa: ANN401 - any part of a model
    """Return the names of the shapes to which a part of a model refers."""
    return re.findall(r'"shape": "(\w+)"', json.dumps(part))


def without_documentation(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part of a model without its own documentation. A member may be named so, but is no text."""
    return {
        name: value for name, value in part.items() if not (name.startswith("documentation") and isinstance(value, str))
    }
