"""The reference of the API as one HTML page, made from the OpenAPI document, docs/http.md and the recipes.

`make openapi` writes it to `chalicelib/web/static/docs.html`, so no request has to. Its styles are those of the pages,
with `reference.css` for what only this page has.
"""

import json
import re
from collections.abc import Iterable, Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from operations import openapi
from operations.local_server import TIMEOUT, local_server
from operations.package import ROOT
from operations.problem_responses import PROBLEM_RESPONSES

FILE = ROOT / "chalicelib" / "web" / "static" / "docs.html"
GUIDE = ROOT / "docs" / "http.md"
RECIPES = ROOT / "docs" / "recipes"
STYLES = ROOT / "chalicelib" / "documents" / "templates"
# The address in requests to copy; the page's script puts the real one in its place.
EXAMPLE = "https://api.example"
CARD = f"{EXAMPLE}/embed/overview"
# Sections of the guide that are for users of the API, by their ids on the page.
SECTIONS = {
    "stability": "API stability",
    "requests": "Requests",
    "replies": "Replies",
    "errors": "Problems",
    "types": "Languages and types",
    "caching": "Caching",
    "sync": "Keeping a copy",
    "libraries": "What your HTTP library does",
    "waiting": "Too many requests, or no answer",
    "pins": "Editions",
}
SHOWN_TITLES = {"Editions": "Pins and the change log"}  # where operations have the same title
RECIPE_TITLES = {
    "offline.py": "An app that works offline, in Python",
    "offline.ts": "An app that works offline, in TypeScript",
    "safety.py": "Hear of safety changes",
}
MAX_LINES = 130  # of a reply: of a long list, the first entries show all members
MAX_VALUES = 12  # of a parameter
KEY = re.compile(r'^( *)("[^"\\]+":)', re.MULTILINE)
LINK_TARGETS = {"recipes": "#recipes"} | {f"recipes/{name}": f"#{name.replace('.', '-')}" for name in RECIPE_TITLES}


class Parameter(NamedTuple):
    """One parameter of an operation, in words."""

    name: str
    kind: str
    description: Markup
    values: str


class ShownReply(NamedTuple):
    """A real reply to an operation's example request, as it is shown."""

    text: Markup
    about: str
    """What the text is, if it is not the complete reply."""

    enveloped: bool
    is_json: bool


class ShownOperation(NamedTuple):
    """One operation of the API, as it is shown."""

    id: str
    path: str
    description: Markup
    parameters: list[Parameter]
    replies: dict[str, Markup]
    """By status; those that every operation has are described once, with the errors."""

    url: str
    """The path and query of the example request."""

    reply: ShownReply


def reference_page(document: dict[str, Any], replies: Mapping[str, str]) -> str:
    """Return the page. `replies` are bodies of those paths that have no example in the document."""
    paths = {path: item["get"] for path, item in document["paths"].items()}
    common = set.intersection(*(set(operation["responses"]) for operation in paths.values())) - {"200", "default"}
    operations: dict[str, list[ShownOperation]] = {tag["name"]: [] for tag in document["tags"]}
    for path, operation in paths.items():
        shown = shown_operation(document, path, operation, replies, common)
        operations[operation["tags"][0]].append(shown)
    css = "\n".join(
        file.read_text(encoding="utf-8").strip()
        for file in (STYLES / "tokens.css", STYLES / "page.css", Path(__file__).with_suffix(".css"))
    )
    service, meta = (json_example(paths["/v1"])[name] for name in ("data", "meta"))
    before, table, after = guide_section("Problems").partition("\n\n| type |")
    return (
        environment()
        .get_template("reference.html")
        .render(
            css=Markup(css),  # noqa: S704 - our own files
            service=service,
            meta=meta,
            introduction=prose(document["info"]["description"], "Start"),
            tags=[
                (
                    tag["name"],
                    tag["name"].replace("-", " ").capitalize(),
                    inline(tag["description"]),
                    operations[tag["name"]],
                )
                for tag in document["tags"]
            ],
            sections=[
                (name, SHOWN_TITLES.get(title, title), prose(guide_section(title), title))
                for name, title in SECTIONS.items()
                if name != "errors"
            ],
            errors=(prose(before, "Errors"), prose(after.partition("\n\n")[2], "Errors")),
            problems=json_example(paths["/v1/problems"])["data"] if table else [],
            common=[(status, response(document, paths["/v1"], status)["description"]) for status in sorted(common)],
            problem=pretty(
                response(document, paths["/v1/risks"], "404")["content"]["application/problem+json"]["example"]
            ),
            problem_request=" ".join((PROBLEM_RESPONSES["404"].request or ())[:2]),
            recipes=[
                (name, title, (RECIPES / name).read_text(encoding="utf-8")) for name, title in RECIPE_TITLES.items()
            ],
            example=EXAMPLE,
            inline=inline,
        )
    )


def shown_operation(
    document: dict[str, Any], path: str, operation: dict[str, Any], replies: Mapping[str, str], common: set[str]
) -> ShownOperation:
    """Return an operation as it is shown."""
    own = {status: response(document, operation, status) for status in operation["responses"] if status not in common}
    texts = {status: inline(one["description"]) for status, one in own.items() if status != "default"}
    media = ", ".join(f"`{name}`" for name in own["200"]["content"])
    texts["200"] = inline(f"{own['200']['description']} {media}")
    example = json_example(operation)
    return ShownOperation(
        id=operation["operationId"],
        path=path,
        description=inline(operation["description"]),
        parameters=[shown_parameter(resolved(document, parameter)) for parameter in operation["parameters"]],
        replies=texts,
        url=example["links"]["self"] if example else requested(path),
        reply=beginning(
            indented(example) if example else replies[path], is_json="application/json" in own["200"]["content"]
        ),
    )


def shown_parameter(parameter: dict[str, Any]) -> Parameter:
    """Return a parameter in words."""
    schema = parameter["schema"]
    kind = "32 hexadecimal digits" if "{32}" in schema.get("pattern", "") else schema["type"]
    values = [str(value) for value in schema.get("examples", ())]
    more = f" and {len(values) - MAX_VALUES} more" if len(values) > MAX_VALUES else ""
    return Parameter(
        parameter["name"],
        ", ".join([parameter["in"], kind] + ["required"] * parameter.get("required", False)),
        inline(parameter["description"]),
        ", ".join(values[:MAX_VALUES]) + more,
    )


def requested(path: str) -> str:
    """Return the path and query that is asked for as the example of a path."""
    return f"{path}?url={quote(CARD, safe='')}" if path == "/v1/oembed" else path


def beginning(body: str, *, is_json: bool) -> ShownReply:
    """Return a reply, or its first lines."""
    text = indented(json.loads(body)) if is_json else body
    lines = text.splitlines()
    about = f"the first {MAX_LINES} of {len(lines):,} lines" if len(lines) > MAX_LINES else ""
    shown = "\n".join(lines[:MAX_LINES]) + ("\n…" if about else "")
    return ShownReply(
        quiet_keys(shown) if is_json else escape(shown), about, is_json and "meta" in json.loads(body), is_json
    )


def pretty(value: object) -> Markup:
    """Return a value as indented JSON, its keys marked up."""
    return quiet_keys(indented(value))


def indented(value: object) -> str:
    """Return a value as indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def quiet_keys(text: str) -> Markup:
    """Return JSON with its keys marked up."""
    marked, end = Markup(), 0
    for key in KEY.finditer(text):
        marked += Markup("{}<i>{}</i>").format(text[end : key.start(2)], key[2])
        end = key.end()
    return marked + text[end:]


def json_example(operation: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """Return the example of an operation's JSON, or None."""
    return operation["responses"]["200"]["content"].get("application/json", {}).get("example")


def response(document: dict[str, Any], operation: dict[str, Any], status: str) -> dict[str, Any]:
    """Return a response of an operation."""
    return resolved(document, operation["responses"][status])


def resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Return a component that a value refers to, or the value itself."""
    if "$ref" not in value:
        return value
    _, *names = value["$ref"].split("/")
    for name in names:
        document = document[name]
    return document


def guide_section(title: str) -> str:
    """Return the text of a section of docs/http.md; raise `LookupError` if there is none."""
    sections = GUIDE.read_text(encoding="utf-8").split("\n## ")
    return {section.partition("\n")[0]: section.partition("\n\n")[2] for section in sections}[title]


def prose(text: str, title: str) -> Markup:
    """Return Markdown as HTML. What is too wide scrolls by itself, and says to screen readers what it is."""
    parser = markdown()
    tokens = parser.parse(text)
    for token in tokens:
        if token.type == "table_open":
            token.meta["title"] = title
        token.children = linked(token.children or [])
    return Markup(parser.renderer.render(tokens, parser.options, {}))  # noqa: S704 - our own files, HTML is escaped


def inline(text: str) -> Markup:
    """Return one paragraph of Markdown as HTML, without the paragraph."""
    return Markup(markdown().renderInline(text))  # noqa: S704 - as `prose`


def linked(tokens: Iterable[Token]) -> list[Token]:
    """Return inline tokens, with links to files of the repository leading to the page's own sections, or without."""
    kept: list[Token] = []
    dropped = False
    for token in tokens:
        if token.type == "link_open":
            href = str(token.attrs["href"])
            target = href if href.startswith("https://") else LINK_TARGETS.get(href)
            dropped = target is None
            if target:
                token.attrs["href"] = target
        if not (dropped and token.type in {"link_open", "link_close"}):
            kept.append(token)
    return kept


def markdown() -> MarkdownIt:
    """Return a parser of CommonMark with tables that escapes HTML."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return parser


def _table_open(_renderer: object, tokens: list[Token], index: int, *_: object) -> str:
    label = escape(f"{tokens[index].meta['title']}: table")
    return f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table>\n'


def environment() -> Environment:
    """Return the template environment, which escapes all text."""
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def fetch_text(address: str, path: str) -> str:
    """Return the body of a reply; raise `OSError` if the server does not answer."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def fetch_replies(document: dict[str, Any], address: str) -> dict[str, str]:
    """Return the replies that the document has no examples of, without what differs each time."""
    paths = [path for path, item in document["paths"].items() if not json_example(item["get"])]
    local = quote(address, safe="")
    replies = {path: fetch_text(address, requested(path).replace(quote(EXAMPLE, safe=""), local)) for path in paths}
    replies = {path: body.replace(address, EXAMPLE) for path, body in replies.items()}
    health = json.loads(replies["/v1/health"])
    published = health["meta"]["published_at"]
    health["data"] |= {"since": published, "last_refresh": health["data"]["last_refresh"] | {"at": published}}
    return replies | {"/v1/health": json.dumps(health, ensure_ascii=False)}


def write() -> None:
    """Write the page, with replies from `content/`."""
    document = json.loads(openapi.FILE.read_text(encoding="utf-8"))
    with local_server("--no-autoreload") as address:
        replies = fetch_replies(document, address)
    FILE.write_text(reference_page(document, replies), encoding="utf-8")


if __name__ == "__main__":
    write()
