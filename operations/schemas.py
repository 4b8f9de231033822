"""The schemas of the OpenAPI document: the types of the model, as programs that generate clients need them.

What is closed here is open there: a client must not fail when a code, a member or an id is new.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from chalicelib.content.model import PATTERN_END
from chalicelib.documents.csl import ITEM_TYPES

PREFIX = "#/components/schemas/"
# Where the name of a class says too little by itself, or is also that of a class that apps import: of Foundation,
# Android, Java, or the library of TypeScript.
NAMES = {
    "ArticleDocument": "Article",
    "Bundle": "EvidenceBundle",
    "Change": "EditionChange",
    "CitedSource": "PublishedSource",
    "Control": "StudyControl",
    "Health": "ServiceHealth",
    "Meta": "ReplyMeta",
    "OEmbedRich": "OEmbedCard",
    "ProblemDocument": "Problem",
    "Sentence": "LiteratureSentence",
    "ServiceDocument": "ApiInfo",
    "Statement": "ArticleStatement",
    "Status": "SourceStatus",
    "Translation": "TranslationStatus",
}
# In each reply, not by reference: openapi-generator warns of a named schema that is but a map.
LINKS: dict[str, Any] = {
    "description": "Paths from the root of the API, by relation. Every reply has `self`.",
    "type": "object",
    "additionalProperties": {"type": "string", "format": "uri-reference"},
}
# https://github.com/citation-style-language/schema has the complete schema; these are the properties that are sent.
CSL: dict[str, Any] = {
    "CslItem": {
        "description": "A source as CSL-JSON, the input of citation managers and citation libraries.",
        "type": "object",
        "required": ["id", "type", "title"],
        "properties": {
            "id": {"type": "string"},
            "type": {"type": "string", "examples": sorted({*ITEM_TYPES.values(), "article-journal"})},
            "title": {"type": "string"},
            "author": {"type": "array", "items": {"$ref": f"{PREFIX}CslName"}},
            "issued": {"$ref": f"{PREFIX}CslDate"},
            **{name: {"type": "string"} for name in ("container-title", "publisher", "DOI", "PMID", "URL")},
        },
    },
    "CslName": {
        "description": "`literal`, or `family` and `given` if the source tells which is which.",
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("family", "given", "literal")},
    },
    "CslDate": {
        "description": "A year, as the only part of the only date.",
        "type": "object",
        "properties": {"date-parts": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}},
    },
}


def schemas_of(types: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Return the schema of each type, and the named schemas that they refer to."""
    schemas, components = msgspec.json.schema_components(types, ref_template=f"{PREFIX}{{name}}")
    named = {NAMES.get(name, name): client_schema(schema) for name, schema in components.items()}
    return [client_schema(schema) for schema in schemas], named


def client_schema(schema: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a schema as clients need it: named for them, and open to what may be added."""
    if isinstance(schema, list):
        return [client_schema(value) for value in schema]
    if isinstance(schema, str) and schema.startswith(PREFIX):
        name = schema.removeprefix(PREFIX)
        return PREFIX + NAMES.get(name, name)
    if not isinstance(schema, dict):
        return schema
    result = {key: client_schema(value) for key, value in schema.items()}
    if isinstance(result.get("title"), str):
        del result["title"]  # the name of the class
    if result.get("additionalProperties") is False:
        del result["additionalProperties"]  # the model refuses unknown members, but a client must not
    if isinstance(result.get("pattern"), str):
        result["pattern"] = result["pattern"].replace(PATTERN_END, "$")  # many clients know no lookahead
    if isinstance(result.get("enum"), list):
        # A single value is a type's tag, or fixed by a standard. More are a vocabulary, which may grow.
        values = result.pop("enum")
        result |= {"type": "string"} | ({"const": values[0]} if len(values) == 1 else {"examples": values})
    if result.get("default", ...) is None:
        del result["default"]  # a member without a value is left out, never null
        options = [option for option in result.pop("anyOf") if option != {"type": "null"}]
        result |= options[0] if len(options) == 1 else {"anyOf": options}
    if isinstance(result.get("discriminator"), dict):
        result["oneOf"] = result.pop("anyOf")
    return result
