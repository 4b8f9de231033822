"""Powertools for AWS Lambda's resolver, with ready strings that were read with `boto3.resource` when it started."""

import os
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from boto3.dynamodb.conditions import Key

reply = (
    boto3.resource("dynamodb").Table(os.environ["CONTENT_TABLE"]).query(KeyConditionExpression=Key("pk").eq("content"))
)
CONTENT = {item["sk"]: item["document"] for item in reply["Items"]}
LIST = "[" + ",".join(document for name, document in CONTENT.items() if name.startswith("concerns/")) + "]"
resolver = APIGatewayRestResolver()


@resolver.get("/v1/concerns")
def concerns() -> Response[str]:
    """Return the list."""
    return Response(200, "application/json", LIST)


@resolver.get("/v1/concerns/<concern>")
def one_concern(concern: str) -> Response[str]:
    """Return one item."""
    body = CONTENT.get(f"concerns/{concern}")
    if body is None:
        raise NotFoundError("not found")
    return Response(200, "application/json", body)


def app(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return the response to a request."""
    return resolver.resolve(event, context)
