"""FastAPI and Mangum, with ready strings that were read with `boto3.resource` when it started."""

import os

import boto3
from boto3.dynamodb.conditions import Key
from fastapi import FastAPI, HTTPException, Response
from mangum import Mangum

reply = (
    boto3.resource("dynamodb").Table(os.environ["CONTENT_TABLE"]).query(KeyConditionExpression=Key("pk").eq("content"))
)
CONTENT = {item["sk"]: item["document"] for item in reply["Items"]}
LIST = "[" + ",".join(document for name, document in CONTENT.items() if name.startswith("concerns/")) + "]"
api = FastAPI()


@api.get("/v1/concerns")
async def concerns() -> Response:
    """Return the list."""
    return Response(LIST, media_type="application/json")


@api.get("/v1/concerns/{concern}")
async def one_concern(concern: str) -> Response:
    """Return one item."""
    body = CONTENT.get(f"concerns/{concern}")
    if body is None:
        raise HTTPException(404)
    return Response(body, media_type="application/json")


app = Mangum(api, lifespan="off")
