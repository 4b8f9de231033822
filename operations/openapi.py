"""The OpenAPI 3.1 document of the API, made from the routes of `app.py` and the types of the model.

`make openapi` writes it to `chalicelib/web/static/openapi.json`, with real replies as examples. Nothing in it is
written twice: paths and descriptions come from the routes, schemas from the types, allowed values from the filters.
"""

import json
from pathlib import Path
from types import GenericAlias
from typing import Any

import msgspec

import app
from chalicelib.content.model import PATTERN_END, Labelled, LanguageTag
from chalicelib.documents.bundle import Bundle
from chalicelib.documents.citations import CitedSource
from chalicelib.documents.csl import ITEM_TYPES
from chalicelib.documents.envelope import Meta
from chalicelib.documents.lists import SERVED_LISTS, SOURCES
from chalicelib.documents.render import ArticleDocument, Change, ServiceDocument
from chalicelib.web.endpoints import CSL_JSON, JSON, JSON_LD
from chalicelib.web.health import Health
from chalicelib.web.oembed import OEmbedRich
from chalicelib.web.problems import PROBLEM_JSON, ProblemDocument
from operations.local_server import fetch_json, local_server

FILE = Path(__file__).parents[1] / "chalicelib" / "web" / "static" / "openapi.json"
REF = "#/components/schemas/{name}"
ITEMS: dict[str, Any] = {it.path: CitedSource if it is SOURCES else it.entity for it in SERVED_LISTS}
DATA: dict[str, Any] = {
    "/v1": ServiceDocument,
    "/v1/article": ArticleDocument,
    "/v1/editions": tuple[Change, ...],
    "/v1/bundle": Bundle,
    "/v1/health": Health,
    "/v1/oembed": OEmbedRich,
    **{path: GenericAlias(list, item) for path, item in ITEMS.items()},
    **{f"{path}/{{id}}": item for path, item in ITEMS.items()},
}
PROBLEMS = {
    400: ("BadRequest", "A query parameter or its value is unknown.", "/v1/risks?seriousness=deadly"),
    404: ("NotFound", "No entity has that id, or no edition has that name.", "/v1/risks/scaring"),
    405: ("MethodNotAllowed", "The API is read-only.", "POST /v1"),
    406: ("NotAcceptable", "The reply is not available in any type that `Accept` names.", None),
    410: ("Gone", "The requested edition was pruned.", None),
    501: ("NotImplemented", "oEmbed is available as JSON only.", None),
    503: ("ServiceUnavailable", "The content cannot be read at the moment.", None),
}
NO_EXAMPLE = {"/v1/health", "/v1/bundle", "/v1/sources"}  # the first differs each time, the others are too long
INTRODUCTION = """\
{question} {attribution}

The article is taken apart into statements: how effective the treatment is for each concern, the risks, the benefits,
and what to weigh before deciding. `literature` is what research says about the same point, sentence by sentence, each
with its sources. `/v1/reported-harms` lists the harms that research reports and the article does not name.
`/v1/sources` leads from a source to each sentence that rests on it.

`meta.checked` is the day on which the editors last set the article beside published research. `meta.clinical_review`
is null as long as no clinician has reviewed the content. {disclaimer}

## Codes and labels

A value of a closed vocabulary is `{{"code": …, "label": …}}`. Filters take the code. Show people the label: it is in
the language of the reply, and a code of `comparison` has another label for each kind of statement.

## Compatibility

From release 1.0.0 on, v1 only grows: nothing is renamed or removed. Until then, names may change.

A client must tolerate unknown members in any object, unknown codes in any vocabulary ({vocabularies}), and unknown
links, headers and URLs. Ids may be added and removed; `/v1/editions` lists these changes. Texts for people, such as a
label or an error's `detail`, may change at any time. Links are paths from the root of the API. An `ETag` is opaque.
"""


def openapi_document(routes: dict[str, Any], address: str) -> dict[str, Any]:
    """Return the OpenAPI document of the app's routes, with replies of the server at that address as examples."""
    reply = fetch_json(address, "/v1")
    service, meta = reply["data"], reply["meta"]
    types = [*DATA.values(), Meta, ProblemDocument]
    schemas, components = msgspec.json.schema_components([*types, LanguageTag], ref_template=REF)
    data_schemas = dict(zip(DATA, schemas, strict=False))
    # Cards, the custom element and other pages are described in docs/embedding.md.
    paths = {
        path: operation(address, path, routes, data_schemas)
        for path in routes
        if path.startswith("/v1/") or path == "/v1"
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": service["name"],
            "version": "1",
            "summary": service["question"],
            "description": INTRODUCTION.format(
                question=service["question"],
                attribution=meta["attribution"],
                disclaimer=meta["disclaimer"],
                vocabularies=", ".join(f"`{name}`" for name in labelled_fields(components)),
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "The server that sent this document"}],
        "paths": {openapi_path(path): item for path, item in paths.items()},
        "components": {
            "schemas": {name: extensible(schema) for name, schema in sorted((components | CSL_SCHEMA).items())},
            "parameters": SHARED_PARAMETERS | {"lang": language_parameter(address)},
            "headers": RESPONSE_HEADERS,
            "responses": {
                name: error_response(address, description, example) for name, description, example in PROBLEMS.values()
            },
        },
    }


def labelled_fields(components: dict[str, Any]) -> list[str]:
    """Return the names of the fields whose values have a code and a label."""
    labelled = {REF.format(name=vocabulary.__name__) for vocabulary in Labelled.__subclasses__()}
    return sorted(
        {
            name
            for schema in components.values()
            for name, field in schema.get("properties", {}).items()
            if any(option.get("$ref") in labelled for option in (field, *field.get("anyOf", ())))
        }
    )


def operation(address: str, path: str, routes: dict[str, Any], data_schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the operations of a path; `HEAD` has the responses of `GET`, without a body."""
    view = routes[path]["GET"].view_function
    path = openapi_path(path)
    resource = next((resource for resource in SERVED_LISTS if path.startswith(resource.path)), None)
    parameters: list[dict[str, Any]] = []
    if path.endswith("/{id}") and resource:
        ids = [entity["id"] for entity in fetch_json(address, resource.path)["data"]]
        parameters.append({"name": "id", "in": "path", "required": True, "schema": {"type": "string", "examples": ids}})
    elif resource and resource.filter:
        values = resource.vocabulary or allowed(address, f"{resource.path}?{resource.filter}=")
        about = "Only sources that are about this subject." if resource is SOURCES else "Only entries with this code."
        schema = {"type": "string", "enum": list(values)}
        parameters.append({"name": resource.filter, "in": "query", "description": about, "schema": schema})
    if path == "/v1/oembed":
        parameters += OEMBED_PARAMETERS
    has_content = path not in {"/v1/health", "/v1/openapi.json", "/v1/oembed"}
    if has_content:
        parameters += [{"$ref": f"#/components/parameters/{name}"} for name in ("lang", "edition")]
    conditional = path != "/v1/health"
    if conditional:
        parameters.append({"$ref": "#/components/parameters/condition"})
    found = [404, 410] if has_content or path == "/v1/oembed" else []
    statuses = [400, 405, 406, *found, *([503] if path != "/v1/openapi.json" else [])]
    if path == "/v1/oembed":
        statuses.append(501)
    responses: dict[str, Any] = {"200": success_response(address, path, data_schemas)}
    if conditional:
        responses["304"] = {"description": "The client's copy is current.", "headers": headers("ETag")}
    responses |= {str(status): {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"} for status in sorted(statuses)}
    get = {"summary": str(view.__doc__), "operationId": view.__name__, "parameters": parameters, "responses": responses}
    bodiless = {name: value for name, value in responses["200"].items() if name != "content"}
    head = get | {"operationId": f"{view.__name__}_head", "responses": responses | {"200": bodiless}}
    return {"get": get, "head": head}


def allowed(address: str, url: str) -> list[str]:
    """Return the values that a query parameter takes; the API lists them in its error for an empty value."""
    values: list[str] = fetch_json(address, url)["allowed"]
    return values


def success_response(address: str, path: str, data_schemas: dict[str, Any]) -> dict[str, Any]:
    """Return the 200 response of a path, with a real reply as its example.

    `/v1/openapi.json` and `/v1/oembed` have neither an envelope nor an example, the paths in `NO_EXAMPLE` no example.
    """
    if path not in data_schemas:
        return {"description": "This document.", "content": {"application/json": {"schema": {"type": "object"}}}}
    if path == "/v1/oembed":
        return {
            "description": "How to embed the card.",
            "headers": headers("Cache-Control", "ETag", "Link"),
            "content": {"application/json": {"schema": extensible(data_schemas[path])}},
        }
    envelope = {
        "type": "object",
        "required": ["data", "meta", "links"],
        "properties": {
            "data": extensible(data_schemas[path]),
            "meta": {"$ref": REF.format(name="Meta")},
            "links": {"type": "object", "additionalProperties": {"type": "string", "format": "uri-reference"}},
        },
    }
    media: dict[str, Any] = {"schema": envelope}
    if path not in NO_EXAMPLE:
        media["example"] = fetch_json(address, example_url(address, path))
    other_types: dict[str, Any] = {}
    if path == "/v1/article":
        other_types[JSON_LD] = {"schema": {"type": "object"}}
    if path.startswith(SOURCES.path):
        other_types[CSL_JSON] = csl_media(address, path)
    caching = () if path == "/v1/health" else ("ETag", "Vary")
    return {
        "description": "The reply.",
        "headers": headers("Cache-Control", "Content-Language", "Link", *caching),
        "content": {JSON: media} | other_types,
    }


def csl_media(address: str, path: str) -> dict[str, Any]:
    """Return the media type object of CSL-JSON: an array, of one item for one source, which is the example."""
    media: dict[str, Any] = {"schema": {"type": "array", "items": {"$ref": REF.format(name="CslItem")}}}
    if path not in NO_EXAMPLE:
        media["example"] = fetch_json(address, example_url(address, path), accept=CSL_JSON)
    return media


def example_url(address: str, path: str) -> str:
    """Return the URL whose reply is the example of a path; of an item, the first one in its list."""
    collection, placeholder, _ = path.partition("/{id}")
    return f"{collection}/{fetch_json(address, collection)['data'][0]['id']}" if placeholder else path


def error_response(address: str, description: str, example: str | None) -> dict[str, Any]:
    """Return the response of an error, with a real reply as its example if a request is given."""
    media: dict[str, Any] = {"schema": {"$ref": REF.format(name="ProblemDocument")}}
    if example:
        method, _, path = example.rpartition(" ")
        media["example"] = fetch_json(address, path, method or "GET")
    return {"description": description, "content": {PROBLEM_JSON: media}}


def openapi_path(path: str) -> str:
    """Return the path of a route in the document, where each placeholder is named `id`."""
    head, brace, _ = path.partition("{")
    return f"{head}{{id}}" if brace else path


def extensible(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema that allows new members: the model refuses unknown ones, but a client must not."""
    if isinstance(schema, dict):
        open_schema = {name: extensible(value) for name, value in schema.items()}
        if open_schema.get("additionalProperties") is False:
            del open_schema["additionalProperties"]
        if isinstance(open_schema.get("pattern"), str):
            # Regular expressions of many clients have no lookahead.
            open_schema["pattern"] = open_schema["pattern"].replace(PATTERN_END, "$")
        return open_schema
    return [extensible(value) for value in schema] if isinstance(schema, list) else schema


def language_parameter(address: str) -> dict[str, Any]:
    """Return the parameter that chooses one of the languages that the server at `address` offers."""
    languages = fetch_json(address, "/v1")["data"]["languages"]
    return {
        "name": "lang",
        "in": "query",
        "description": "The language of the reply, one that `/v1` lists. It takes precedence over `Accept-Language`.",
        "schema": {"type": "string", "enum": languages},
    }


def headers(*names: str) -> dict[str, Any]:
    """Return references to headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


OEMBED_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "url",
        "in": "query",
        "required": True,
        "description": "The URL of a card.",
        "schema": {"type": "string", "format": "uri"},
    },
    {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["json"]}},
    {"name": "maxwidth", "in": "query", "schema": {"type": "integer", "minimum": 1}},
    {"name": "maxheight", "in": "query", "schema": {"type": "integer", "minimum": 1}},
]
# https://github.com/citation-style-language/schema has the complete schema; these are the properties that are sent.
CSL_SCHEMA: dict[str, Any] = {
    "CslItem": {
        "title": "CslItem",
        "description": "A source as CSL-JSON, the input of citation managers and citation libraries.",
        "type": "object",
        "required": ["id", "type", "title"],
        "properties": {
            "id": {"type": "string"},
            "type": {"type": "string", "enum": sorted({*ITEM_TYPES.values(), "article-journal"})},
            "title": {"type": "string"},
            "author": {
                "type": "array",
                "items": {
                    "type": "object",
                    "description": "`literal`, or `family` and `given` if the source tells which is which.",
                    "properties": {name: {"type": "string"} for name in ("family", "given", "literal")},
                },
            },
            "issued": {
                "type": "object",
                "properties": {
                    "date-parts": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
                },
            },
            **{name: {"type": "string"} for name in ("container-title", "publisher", "DOI", "PMID", "URL")},
        },
    }
}
SHARED_PARAMETERS = {
    "edition": {
        "name": "edition",
        "in": "query",
        "description": "Pins the reply to an edition. Once another edition is current, `meta.superseded_by` names it.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    "condition": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag`s of replies that the client has (RFC 9110, section 13.1.2).",
        "schema": {"type": "string", "examples": ['"0123456789abcdef0123456789abcdef"']},
    },
}
RESPONSE_HEADERS = {
    name: {"description": description, "schema": {"type": "string"}}
    for name, description in {
        "ETag": "A strong validator (RFC 9110, section 8.8.3); opaque.",
        "Vary": "The request headers that the reply depends on.",
        "Cache-Control": "How long the reply may be cached; never past `meta.next_check`.",
        "Content-Language": "The language of the reply.",
        "Link": "This document (`describedby`) and the license of the content (`license`).",
    }.items()
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
