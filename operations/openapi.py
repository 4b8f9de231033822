"""The OpenAPI 3.1 document of the API, made from the routes of `app.py` and the types of the model.

`make openapi` writes it to `chalicelib/web/static/openapi.json`, with real replies as examples. Nothing in it is
written twice: paths and summaries come from the routes, schemas from the types, examples from the API.
"""

import json
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple, get_args

import app
from chalicelib.content.editions import SEVERITY_ORDER
from chalicelib.content.model import Labelled, LanguageTag, Slug
from chalicelib.documents.bundle import BUNDLE_PATH, Bundle
from chalicelib.documents.changes import CHANGES_PATH, Change
from chalicelib.documents.citations import CitedSource
from chalicelib.documents.envelope import Meta
from chalicelib.documents.lists import CONCERNS, SERVED_LISTS, SOURCES, ListResource
from chalicelib.documents.render import ArticleDocument, ServiceDocument
from chalicelib.web.endpoints import CSL_JSON, CSV, JSON, JSON_LD, MARKDOWN
from chalicelib.web.health import Health
from chalicelib.web.oembed import OEmbedRich
from chalicelib.web.problems import PROBLEMS_PATH, ProblemDocument, ProblemType
from operations.local_server import fetch_json, local_server
from operations.problem_responses import PROBLEM_RESPONSES, response_object
from operations.schemas import CSL, LINKS, PREFIX, schemas_of

FILE = Path(__file__).parents[1] / "chalicelib" / "web" / "static" / "openapi.json"
INTRODUCTION = Path(__file__).with_name("openapi.md")


class Operation(NamedTuple):
    """What a path has that its route does not tell."""

    operation_id: str
    tag: str
    reply: str
    """The name of the reply's schema."""

    data: Any
    """The type of the reply's `data`; without one, the reply has no envelope."""


def served_type(resource: ListResource) -> Any:  # noqa: ANN401 - a type
    """Return the type of a list's entities as they are served."""
    return CitedSource if resource is SOURCES else resource.entity


def list_operations(resource: ListResource) -> dict[str, Operation]:
    """Return the two operations of a list by path: the list, and one entity."""
    data: Any = served_type(resource)
    one, many = resource.entity.__name__, resource.name.title().replace("-", "")
    return {
        resource.path: Operation(f"list{many}", resource.name, f"{one}ListReply", list[data]),
        f"{resource.path}/{{id}}": Operation(f"get{one}", resource.name, f"{one}Reply", data),
    }


OPERATIONS = {
    "/v1": Operation("getApiInfo", "service", "ApiInfoReply", ServiceDocument),
    "/v1/article": Operation("getArticle", "article", "ArticleReply", ArticleDocument),
    CHANGES_PATH: Operation("listEditions", "editions", "EditionListReply", tuple[Change, ...]),
    BUNDLE_PATH: Operation("getBundle", "editions", "EvidenceBundleReply", Bundle),
    "/v1/openapi.json": Operation("getOpenApi", "service", "OpenApiDescription", None),
    "/v1/health": Operation("getHealth", "service", "HealthReply", Health),
    PROBLEMS_PATH: Operation("listProblemTypes", "service", "ProblemTypeListReply", list[ProblemType]),
    "/v1/sources.csv": Operation("getSourcesCsv", SOURCES.name, "SourcesCsv", None),
    "/v1/oembed": Operation("getOEmbed", "service", "OEmbedCard", None),
    **{path: operation for resource in SERVED_LISTS for path, operation in list_operations(resource).items()},
}
TAGS = {
    "article": "The article: its statements in reading order, each next to what research says.",
    "editions": "What changed and when, and all content in one reply. For apps that store the content.",
    "service": "The API itself.",
    **{resource.name: str(resource.entity.__doc__) for resource in SERVED_LISTS},
}
WITHOUT_CONTENT = {"/v1/health", "/v1/openapi.json", "/v1/oembed", PROBLEMS_PATH}
# What a resource of the bundle can be.
BUNDLED: Any = reduce(or_, map(served_type, SERVED_LISTS), ArticleDocument)

# Another each time, too long, and the document itself.
NO_EXAMPLE = {"/v1/health", BUNDLE_PATH, "/v1/sources", "/v1/sources.csv", "/v1/openapi.json", "/v1/oembed"}


def openapi_document(routes: dict[str, Any], address: str) -> dict[str, Any]:
    """Return the OpenAPI document of the app's routes, with replies of the server at that address as examples."""
    reply = fetch_json(address, "/v1")
    service, meta = reply["data"], reply["meta"]
    replies = {operation.reply: operation.data for operation in OPERATIONS.values() if operation.data}
    types = [*replies.values(), BUNDLED, LanguageTag, Slug, Meta, ProblemDocument, OEmbedRich]
    schemas, components = schemas_of(types)
    bundled, language, slug = schemas[len(replies) : len(replies) + 3]
    vocabularies = labelled_fields(components)
    components["BundledData"] = bundled
    components["BundleResource"]["properties"]["data"] = {"$ref": f"{PREFIX}BundledData"}
    components["Effectiveness"]["properties"]["code"]["examples"] = allowed(address, CONCERNS.path, CONCERNS.filter)
    # Kinds of problem depend on the code only, so that reply has no `meta`.
    problem_types = OPERATIONS[PROBLEMS_PATH].reply
    components |= {
        name: envelope(data, has_meta=name != problem_types) for name, data in zip(replies, schemas, strict=False)
    } | CSL
    components["Problem"]["properties"]["type"] |= {
        "format": "uri-reference",
        "examples": [one["type"] for one in fetch_json(address, PROBLEMS_PATH)["data"]],
    }
    components["OpenApiDescription"] = {"type": "object", "description": "OpenAPI 3.1."}
    parameters = PARAMETERS | {
        "lang": parameter(
            "lang",
            "A language that `/v1` lists; wins over `Accept-Language`.",
            language | {"examples": service["languages"]},
        )
    }
    # Cards, the custom element and other pages are described in docs/embedding.md.
    paths = [path for path in routes if path.startswith("/v1/") or path == "/v1"]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": service["name"],
            "version": "1",
            "summary": service["question"],
            "description": INTRODUCTION.read_text(encoding="utf-8").format(
                question=service["question"],
                attribution=meta["attribution"],
                disclaimer=meta["disclaimer"],
                vocabularies=", ".join(f"`{name}`" for name in vocabularies),
            ),
            "contact": {"name": f"The {service['name']} authors"},
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The server that sent this document"}],
        "security": [],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": {
            openapi_path(path): {"get": get_operation(address, openapi_path(path), routes[path]["GET"], slug)}
            for path in paths
        },
        "components": {
            "schemas": dict(sorted(components.items())),
            "parameters": parameters,
            "headers": HEADERS,
            "responses": NOT_MODIFIED
            | {one.name: response_object(address, status, one) for status, one in PROBLEM_RESPONSES.items()},
        },
    }


def labelled_fields(components: dict[str, Any]) -> list[str]:
    """Return the names of the fields whose values have a code and a label."""
    labelled = {ref["$ref"] for ref in schemas_of(Labelled.__subclasses__())[0]}
    fields = [field for schema in components.values() for field in schema.get("properties", {}).items()]
    return sorted({name for name, field in fields if field.get("$ref") in labelled})


def envelope(data: dict[str, Any], *, has_meta: bool) -> dict[str, Any]:
    """Return the schema of a reply."""
    meta = {"meta": {"$ref": f"{PREFIX}ReplyMeta"}} if has_meta else {}
    properties = {"data": data, **meta, "links": LINKS}
    return {"type": "object", "required": list(properties), "properties": properties}


def get_operation(address: str, path: str, route: Any, slug: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - Chalice's
    """Return the operation of a path."""
    operation = OPERATIONS[path]
    content = path not in WITHOUT_CONTENT
    parameters = path_parameters(address, path, slug)
    if content:
        parameters += references("parameters", "lang", "edition")
    if path != "/v1/health":
        parameters += references("parameters", "condition")
    absent = {"404", "410"} if content or path == "/v1/oembed" else set()
    statuses = {"400", "406", "413", "429", "503", "default"} | absent | ({"501"} if path == "/v1/oembed" else set())
    responses: dict[str, Any] = {"200": success_response(address, path)}
    if path != "/v1/health":
        responses["304"] = {"$ref": "#/components/responses/NotModified"}
    responses |= {key: {"$ref": f"#/components/responses/{PROBLEM_RESPONSES[key].name}"} for key in sorted(statuses)}
    summary = str(route.view_function.__doc__)
    item = next(iter(get_args(operation.data)), operation.data)  # of a list, its item
    return {
        "operationId": operation.operation_id,
        "summary": summary,
        # Complete by itself: makers of tools for assistants read either this or the summary.
        "description": f"{summary} {item.__doc__}" if item else summary,
        "tags": [operation.tag],
        "parameters": parameters,
        "responses": responses,
    }


def path_parameters(address: str, path: str, slug: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the parameters that only this path takes."""
    if path == CHANGES_PATH:
        return EDITIONS
    if path == "/v1/oembed":
        return OEMBED
    collection = next((resource for resource in SERVED_LISTS if path.startswith(resource.path)), None)
    if collection is None:
        return []
    if path.endswith("/{id}"):
        ids = [entity["id"] for entity in fetch_json(address, collection.path)["data"]]
        description = f"An id that `{collection.path}` lists."
        return [parameter("id", description, slug | {"examples": ids}, where="path", required=True)]
    if not collection.filter:
        return []
    values = collection.vocabulary or allowed(address, path, collection.filter)
    about = "Only sources that are about this subject." if collection is SOURCES else "Only entries with this code."
    return [parameter(collection.filter, about, {"type": "string", "examples": list(values)})]


def allowed(address: str, path: str, name: str) -> list[str]:
    """Return the values that a query parameter takes, which the API lists when it refuses an empty one."""
    values: list[str] = fetch_json(address, f"{path}?{name}=")["allowed"]
    return values


def success_response(address: str, path: str) -> dict[str, Any]:
    """Return the 200 response of a path, with a real reply as its example."""
    media: dict[str, Any] = {"schema": {"$ref": f"{PREFIX}{OPERATIONS[path].reply}"}}
    if path not in NO_EXAMPLE:
        media["example"] = fetch_json(address, example_url(address, path))
    content: dict[str, Any] = {JSON: media}
    if path == "/v1/article":
        content |= {JSON_LD: {"schema": {"type": "object"}}, MARKDOWN: {"schema": TEXT}}
    elif path == "/v1/sources.csv":
        content = {CSV: {"schema": TEXT}}
    elif path.startswith(SOURCES.path):
        content[CSL_JSON] = {"schema": {"type": "array", "items": {"$ref": f"{PREFIX}CslItem"}}}
        if path != SOURCES.path:
            content[CSL_JSON]["example"] = fetch_json(address, example_url(address, path), accept=CSL_JSON)
    names = ["Cache-Control", "Link"]
    if path != "/v1/health":
        names.append("ETag")
    if path not in WITHOUT_CONTENT:
        names += ["Content-Language", "Vary"]
    return {
        "description": "The reply.",
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": content,
    }


def example_url(address: str, path: str) -> str:
    """Return the URL whose reply is the example of a path; of an item, the first one in its list."""
    collection, placeholder, _ = path.partition("/{id}")
    return f"{collection}/{fetch_json(address, collection)['data'][0]['id']}" if placeholder else path


def openapi_path(path: str) -> str:
    """Return the path of a route in the document, where each placeholder is named `id`."""
    head, brace, _ = path.partition("{")
    return f"{head}{{id}}" if brace else path


def parameter(
    name: str, description: str, schema: dict[str, Any], where: str = "query", *, required: bool = False
) -> dict[str, Any]:
    """Return the description of a parameter."""
    known = {"name": name, "in": where, "description": description, "schema": schema}
    return known | ({"required": True} if required else {})


def references(section: str, *names: str) -> list[dict[str, Any]]:
    """Return references to components."""
    return [{"$ref": f"#/components/{section}/{name}"} for name in names]


TEXT = {"type": "string"}
PIXELS = {"type": "integer", "minimum": 1}
EDITION = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
ETAGS = {"type": "string", "examples": ['"0123456789abcdef0123456789abcdef"']}
PARAMETERS = {
    "edition": parameter(
        "edition", "Pins the reply to an edition; `meta.superseded_by` then names a newer one.", EDITION
    ),
    "condition": parameter(
        "If-None-Match", "The `ETag`s of the client's copies (RFC 9110, section 13.1.2).", ETAGS, where="header"
    ),
}
EDITIONS = [
    parameter("kind", "Only changes of this kind.", {"type": "string", "examples": list(SEVERITY_ORDER)}),
    parameter("after", "Only changes after this edition became the current one.", EDITION),
]
OEMBED = [
    parameter("url", "The address of a card.", {"type": "string", "format": "uri"}, required=True),
    parameter("format", "`json`; no other is offered.", {"type": "string", "examples": ["json"]}),
    parameter("maxwidth", "In pixels.", PIXELS),
    parameter("maxheight", "In pixels.", PIXELS),
]
HEADERS = {
    "ETag": {"description": "A strong validator (RFC 9110, section 8.8.3); opaque.", "schema": TEXT},
    "Vary": {"description": "The request headers that the reply depends on.", "schema": TEXT},
    "Cache-Control": {"description": "How long the reply may be cached; never past `meta.next_check`.", "schema": TEXT},
    "Content-Language": {"description": "The language of the reply.", "schema": TEXT},
    "Link": {"description": "This document (`describedby`) and the content's license (`license`).", "schema": TEXT},
    "Retry-After": {"description": "Seconds to wait before the next try.", "schema": {"type": "integer"}},
}
NOT_MODIFIED = {
    "NotModified": {
        "description": "The client's copy is current.",
        "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
    }
}


def write() -> None:
    """Write the document, with examples from `content/`."""
    with local_server("--no-autoreload") as address:
        FILE.write_text(to_json(openapi_document(app.app.routes, address)), encoding="utf-8")


def to_json(document: dict[str, Any]) -> str:
    """Return the document as compact JSON, because it is packaged and sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    write()
