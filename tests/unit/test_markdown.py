"""Markdown and CSV say what the JSON says, and no text of theirs is interpreted."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from msgspec import structs

from chalicelib.content.editions import Edition
from chalicelib.content.model import Article
from chalicelib.documents.lists import LISTS, SOURCES
from chalicelib.documents.markdown import escape, markdown_document
from chalicelib.documents.render import RenderedEdition, render_edition
from chalicelib.documents.spreadsheet import COLUMNS, cell, sources_csv
from editorial.loading import LoadedContent
from tests.unit.test_render import MANIFEST

Path = tuple[str, ...]


@pytest.fixture(scope="module")
def edition(content: LoadedContent) -> RenderedEdition:
    """The shipped content, rendered."""
    return render_edition(Edition(MANIFEST, "en", content.languages["en"], ()))


def shown(inline: Any) -> str:
    """Return the text that a block shows."""
    return "".join(child.content for child in inline.children if child.type == "text")


def sections(markdown: str) -> dict[Path, list[str]]:
    """Return the blocks of text by the headings above them; blocks below equal headings are joined."""
    path: list[str] = []
    found: dict[Path, list[str]] = {}
    tokens = MarkdownIt().parse(markdown)
    for before, token in pairwise(tokens):
        if token.type != "inline":
            assert token.type != "html_block"
            continue
        text = shown(token)
        if before.type == "heading_open":
            path[int(before.tag[1]) - 1 :] = [text]
        else:
            found.setdefault(tuple(path), []).append(text)
    return found


def data(edition: RenderedEdition, path: str) -> Any:
    return json.loads(edition.documents[path].body)["data"]


def body(edition: RenderedEdition) -> tuple[Any, str]:
    """Return the front matter and the rest."""
    _, front, rest = markdown_document(edition).body.split("---\n", 2)
    return yaml.safe_load(front), rest


def test_front_matter_is_question_and_meta(edition: RenderedEdition) -> None:
    reply = json.loads(edition.documents["/v1/article"].body)
    assert body(edition)[0] == {"question": reply["data"]["question"], **reply["meta"]}


def voices(entity: dict[str, Any], headings: Any, numbers: dict[str, int]) -> Iterator[tuple[str, list[str]]]:
    """Yield each voice's heading, and what stands below it."""
    if "text" in entity:
        verdicts = [entity[name]["label"] for name in ("effectiveness", "seriousness", "kind") if name in entity]
        yield headings.article_says, [*verdicts, entity["line"], entity["text"]]
    view = entity if entity.get("type") == "reported-harm" else entity.get("literature")
    if view:
        comparison = [view["comparison"]["label"]] if "comparison" in view else []
        sentences = " ".join(f"{one['text']} {basis(one['sources'], headings, numbers)}" for one in view["sentences"])
        sources = f"{headings.sources}: {basis(view['sources'], headings, numbers)}"
        yield headings.literature_says, [*comparison, view["line"], sentences, sources]
    if "questions" in entity:
        yield headings.to_ask, entity["questions"]


def basis(sources: list[str], headings: Any, numbers: dict[str, int]) -> str:
    return str([numbers[source] for source in sources]) if sources else f"({headings.own_search})"


def test_every_text_stands_below_its_voice(edition: RenderedEdition) -> None:
    """Complete: each section has these blocks and no others."""
    article, headings = data(edition, "/v1/article"), edition.article.headings
    sources = data(edition, "/v1/sources")
    numbers = {source["id"]: number for number, source in enumerate(sources, 1)}
    expected: dict[Path, list[str]] = {}

    def expect(entity: dict[str, Any], *path: str) -> None:
        for name, texts in voices(entity, headings, numbers):
            expected.setdefault((article["question"], *path, name), []).extend(texts)

    expect(article["short_answer"], headings.at_a_glance)
    for name in ("definition", "debate", "variation", "safety", "conclusion"):
        expect(article[name], edition.article.subject)
    for resource in LISTS:
        if resource is not SOURCES:
            entities = data(edition, resource.path) if resource.path else article[resource.section]
            for entity in entities:
                expect(entity, getattr(headings, resource.section), entity["name"])
    found = sections(body(edition)[1])
    origin, listed = found.pop((article["question"],)), found.pop((article["question"], headings.sources))
    assert found == expected
    assert origin[0] == edition.meta.disclaimer
    assert origin[1].startswith(f"{edition.meta.attribution} {headings.no_clinical_review}")
    for number, source in enumerate(sources):
        citation, labels, summary = listed[3 * number : 3 * number + 3]
        urls = dict.fromkeys(source[name] for name in ("doi_url", "pubmed_url", "url") if source.get(name))
        assert citation == " ".join((source["citation"], *urls))
        assert labels.split(" · ") == [value["label"] for value in source.values() if isinstance(value, dict)]
        assert summary == source["summary"]
    assert len(listed) == 3 * len(sources)


@pytest.mark.parametrize(
    "text",
    [
        "# no heading #",
        "- no item",
        "+ 1",
        "2010. No list",
        "3) no list",
        "> no quotation",
        "=== ",
        "*no* _emphasis_ `code` ~~gone~~ | cell $x$",
        "[no](http://link.example) ![no](image) [1]: http://x.example",
        "<script>alert(1)</script> &amp; <http://x.example>",
        "a\\*b\\",
        "two\nlines\n\nand\u2028more",
        "no\u00a0break",
        "    no code",
    ],
)
def test_text_is_not_interpreted(text: str) -> None:
    expected = " ".join(text.replace("\u2028", " ").replace("\u00a0", "\0").split()).replace("\0", "\u00a0")
    for before in ("", "# ", "- ", "> "):
        tokens = MarkdownIt().parse(before + escape(text))
        assert [shown(token) for token in tokens if token.type == "inline"] == [expected]
        assert {child.type for token in tokens for child in token.children or ()} == {"text"}


def test_hostile_text_stays_in_the_front_matter(content: LoadedContent) -> None:
    hostile = "---\n# x: y \x7f\x85\u2028\ufeff😀\"\\ 'z'"
    article, *others = content.languages["en"]
    assert isinstance(article, Article)
    changed = structs.replace(article, question=hostile, disclaimer=hostile)
    front, _ = body(render_edition(Edition(MANIFEST, "en", (changed, *others), ())))
    assert (front["question"], front["disclaimer"]) == (hostile, hostile)


def table(edition: RenderedEdition, path: str) -> list[dict[str, str]]:
    text = sources_csv(edition, path).body
    assert "\n" not in text.replace("\r\n", "")
    return list(csv.DictReader(StringIO(text, newline="")))


@pytest.mark.parametrize("path", ["/v1/sources", "/v1/sources?about=hair-loss"])
def test_csv_has_every_source(edition: RenderedEdition, path: str) -> None:
    rows, sources = table(edition, path), data(edition, path)
    assert len(rows) == len(sources) > 0
    for row, source in zip(rows, sources, strict=True):
        assert tuple(row) == COLUMNS
        assert row.pop("cited_by").split() == list(dict.fromkeys(cited["path"] for cited in source["cited_by"]))
        assert row.pop("authors") == "; ".join(source.get("authors", []))
        assert row.pop("edition") == MANIFEST.edition
        assert row.pop("attribution_and_disclaimer") == f"{edition.meta.attribution} {edition.meta.disclaimer}"
        for name, text in row.items():
            value = source.get(name, "")
            assert text.removeprefix("'") == str(value["label"] if isinstance(value, dict) else value), name


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert cell("title", f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"
    assert cell("authors", [f"{start}A", "B"]) == f"'{start}A; B"


def test_other_cells_are_unchanged() -> None:
    assert [cell("year", value) for value in (2020, None, "a-b", "'quoted'")] == ["2020", "", "a-b", "'quoted'"]
