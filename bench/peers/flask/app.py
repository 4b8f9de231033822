"""Flask and apig-wsgi, with ready strings that were read with `boto3.resource` when it started."""

import os

import boto3
from apig_wsgi import make_lambda_handler
from boto3.dynamodb.conditions import Key
from flask import Flask, Response, abort

reply = (
    boto3.resource("dynamodb").Table(os.environ["CONTENT_TABLE"]).query(KeyConditionExpression=Key("pk").eq("content"))
)
CONTENT = {item["sk"]: item["document"] for item in reply["Items"]}
LIST = "[" + ",".join(document for name, document in CONTENT.items() if name.startswith("concerns/")) + "]"
site = Flask(__name__)


@site.get("/v1/concerns")
def concerns() -> Response:
    """Return the list."""
    return Response(LIST, mimetype="application/json")


@site.get("/v1/concerns/<concern>")
def one_concern(concern: str) -> Response:
    """Return one item."""
    body = CONTENT.get(f"concerns/{concern}")
    if body is None:
        abort(404)
    return Response(body, mimetype="application/json")


app = make_lambda_handler(site)
