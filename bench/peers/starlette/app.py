"""Starlette and Mangum, with ready strings that were read with `boto3.resource` when it started."""

import os

import boto3
from boto3.dynamodb.conditions import Key
from mangum import Mangum
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

reply = (
    boto3.resource("dynamodb").Table(os.environ["CONTENT_TABLE"]).query(KeyConditionExpression=Key("pk").eq("content"))
)
CONTENT = {item["sk"]: item["document"] for item in reply["Items"]}
LIST = "[" + ",".join(document for name, document in CONTENT.items() if name.startswith("concerns/")) + "]"


async def concerns(_: Request) -> Response:
    """Return the list."""
    return Response(LIST, media_type="application/json")


async def one_concern(request: Request) -> Response:
    """Return one item."""
    body = CONTENT.get(f"concerns/{request.path_params['concern']}")
    if body is None:
        return Response('{"message":"not found"}', 404, media_type="application/json")
    return Response(body, media_type="application/json")


app = Mangum(
    Starlette(routes=[Route("/v1/concerns", concerns), Route("/v1/concerns/{concern}", one_concern)]), lifespan="off"
)
