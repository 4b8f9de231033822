"""What a tutorial gives: Chalice, and a request to the table for every request."""

import os
from functools import cache
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key
from chalice import Chalice, NotFoundError, Response

app = Chalice(app_name="query")
JSON = {"Content-Type": "application/json"}


@cache
def table() -> Any:
    """Return the table."""
    return boto3.resource("dynamodb").Table(os.environ["CONTENT_TABLE"])


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    table()


@app.route("/v1/concerns")
def concerns() -> Response:
    """Return the list."""
    ours = Key("pk").eq("content") & Key("sk").begins_with("concerns/")
    reply = table().query(KeyConditionExpression=ours)
    return Response("[" + ",".join(item["document"] for item in reply["Items"]) + "]", headers=dict(JSON))


@app.route("/v1/concerns/{concern}")
def one_concern(concern: str) -> Response:
    """Return one item."""
    reply = table().get_item(Key={"pk": "content", "sk": f"concerns/{concern}"})
    if "Item" not in reply:
        raise NotFoundError("not found")
    return Response(reply["Item"]["document"], headers=dict(JSON))
