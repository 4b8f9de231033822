"""A bare handler that reads the table with `boto3.resource` when it starts, and answers from memory."""

import os
from typing import Any

import boto3
from boto3.dynamodb.conditions import Key

reply = (
    boto3.resource("dynamodb").Table(os.environ["CONTENT_TABLE"]).query(KeyConditionExpression=Key("pk").eq("content"))
)
CONTENT = {item["sk"]: item["document"] for item in reply["Items"]}
JSON = {"Content-Type": "application/json"}
LIST = "[" + ",".join(document for name, document in CONTENT.items() if name.startswith("concerns/")) + "]"


def app(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Return the response to a request."""
    name = (event["pathParameters"] or {}).get("concern")
    body = CONTENT.get(f"concerns/{name}") if name else LIST
    if body is None:
        return {"statusCode": 404, "headers": JSON, "body": '{"message":"not found"}'}
    return {"statusCode": 200, "headers": JSON, "body": body}
