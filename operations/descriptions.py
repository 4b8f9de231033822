"""Of botocore's descriptions of all of AWS, those that `GetItem` and `Query` need: 40 kB instead of 1.4 MB to read.

The files have the layout of botocore's own data folder (`botocore.loaders`), so it reads them as it would its own.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

SERVICE = "dynamodb"
VERSION = "2012-08-10"
OPERATIONS = ("GetItem", "Query")
WHOLE = ("partitions", "_retry", "sdk-default-configuration")


def write_descriptions(folder: Path) -> None:
    """Write the descriptions into a folder."""
    for name, description in descriptions():
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(description, separators=(",", ":")), encoding="utf-8")


def descriptions() -> Iterator[tuple[str, Any]]:
    """Give each description by its name in botocore's data folder."""
    load: Callable[[str], Any] = Loader().load_data
    service = f"{SERVICE}/{VERSION}"
    yield f"{service}/service-2", only(load(f"{service}/service-2"))
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
    yield from ((name, load(name)) for name in WHOLE)


def only(model: dict[str, Any]) -> dict[str, Any]:
    """Give a service's model with our operations, the shapes that they reach, and no documentation."""
    operations = {name: model["operations"][name] for name in OPERATIONS}
    reached: dict[str, Any] = {}
    waiting = list(named(operations))
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached[name] = model["shapes"][name]
            waiting += named(reached[name])
    return {**model, "operations": undocumented(operations), "shapes": undocumented(reached)}


def named(part: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a model
    """Give the names of the shapes that a part of a model mentions."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for value in part.values():
            yield from named(value)
    elif isinstance(part, list):
        for value in part:
            yield from named(value)


def undocumented(part: Any) -> Any:  # noqa: ANN401 - any part of a model
    """Give a part of a model without what it says to people."""
    if isinstance(part, dict):
        return {
            name: undocumented(value)
            for name, value in part.items()
            if not (name.startswith("documentation") and isinstance(value, str))
        }
    return [undocumented(value) for value in part] if isinstance(part, list) else part
