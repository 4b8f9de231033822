"""The problems of the OpenAPI document: a response for each status, with the body that the API sends as its example."""

import json
from typing import Any, NamedTuple

from chalicelib.web.endpoints import JSON
from chalicelib.web.problems import GATEWAY_PROBLEMS, PROBLEM_JSON, problem_json
from operations.local_server import fetch_json
from operations.schemas import PREFIX


class ProblemResponse(NamedTuple):
    """A response that reports a problem, and where its example comes from."""

    name: str
    description: str
    request: tuple[str, str, str] | None = None
    """Method, path and `Accept`."""

    gateway: str = ""
    """The type of the gateway's own response, if it is the gateway that sends this."""


# By status. A test compares those of the gateway with .chalice/template.yaml.
PROBLEM_RESPONSES = {
    "400": ProblemResponse(
        "BadRequest",
        "A query parameter or its value is unknown.",
        ("GET", "/v1/risks?seriousness=deadly", JSON),
    ),
    "404": ProblemResponse(
        "NotFound", "No entity has that id, or no edition has that name.", ("GET", "/v1/risks/scaring", JSON)
    ),
    "406": ProblemResponse(
        "NotAcceptable",
        "The reply is not available in any type that `Accept` names.",
        ("GET", "/v1", "image/png"),
    ),
    "410": ProblemResponse("Gone", "The requested edition is no longer kept."),
    "413": ProblemResponse("ContentTooLarge", "The request is too large.", gateway="REQUEST_TOO_LARGE"),
    "429": ProblemResponse("TooManyRequests", "Wait as long as `Retry-After` says, then retry.", gateway="THROTTLED"),
    "501": ProblemResponse(
        "NotImplemented", "oEmbed is available as JSON only.", ("GET", "/v1/oembed?format=xml&url=", JSON)
    ),
    "503": ProblemResponse("ServiceUnavailable", "The content cannot be read at the moment.", gateway="DEFAULT_5XX"),
    "default": ProblemResponse(
        "OtherProblem", "Any other problem, such as 405: the API is read-only.", ("POST", "/v1", JSON)
    ),
}


def response_object(address: str, status: str, problem: ProblemResponse) -> dict[str, Any]:
    """Return the response of an error, with a real reply as its example if there is one."""
    media: dict[str, Any] = {"schema": {"$ref": f"{PREFIX}Problem"}}
    if problem.gateway:
        media["example"] = json.loads(problem_json(GATEWAY_PROBLEMS[problem.gateway]))
    elif problem.request:
        method, path, accept = problem.request
        media["example"] = fetch_json(address, path, method, accept)
    names = ["Cache-Control", "Content-Language"] + (["Retry-After"] if status in {"429", "503"} else [])
    return {
        "description": problem.description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {PROBLEM_JSON: media},
    }
