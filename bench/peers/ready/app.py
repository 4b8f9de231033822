"""The toy: Chalice, with ready strings that were read with `boto3.resource` when it started."""

import os

import boto3
from boto3.dynamodb.conditions import Key
from chalice import Chalice, NotFoundError, Response

app = Chalice(app_name="ready")

CONTENT: dict[str, str] = {}
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    table = boto3.resource("dynamodb").Table(os.environ["CONTENT_TABLE"])
    reply = table.query(KeyConditionExpression=Key("pk").eq("content"))
    CONTENT = {item["sk"]: item["document"] for item in reply["Items"]}
JSON = {"Content-Type": "application/json"}
LIST = "[" + ",".join(document for name, document in CONTENT.items() if name.startswith("concerns/")) + "]"


@app.route("/v1/concerns")
def concerns() -> Response:
    """Return the list."""
    return Response(LIST, headers=dict(JSON))


@app.route("/v1/concerns/{concern}")
def one_concern(concern: str) -> Response:
    """Return one item."""
    body = CONTENT.get(f"concerns/{concern}")
    if body is None:
        raise NotFoundError("not found")
    return Response(body, headers=dict(JSON))
