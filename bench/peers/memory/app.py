"""The limit: a bare handler whose content lies in the package."""

import json
from pathlib import Path
from typing import Any

CONTENT: dict[str, str] = json.loads(Path(__file__).with_name("content.json").read_text(encoding="utf-8"))
JSON = {"Content-Type": "application/json"}
LIST = "[" + ",".join(document for name, document in CONTENT.items() if name.startswith("concerns/")) + "]"


def app(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Return the response to a request."""
    name = (event["pathParameters"] or {}).get("concern")
    body = CONTENT.get(f"concerns/{name}") if name else LIST
    if body is None:
        return {"statusCode": 404, "headers": JSON, "body": '{"message":"not found"}'}
    return {"statusCode": 200, "headers": JSON, "body": body}
