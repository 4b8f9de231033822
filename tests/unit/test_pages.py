"""Cards and pages: their parts, their order, and the escaping of text."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from msgspec import structs

from chalicelib.content.editions import Edition, Superseded
from chalicelib.content.model import (
    Article,
    DecisionFactor,
    Entity,
    Headings,
    Labelled,
    LiteratureView,
    Sentence,
    Source,
    Statement,
)
from chalicelib.documents.cards import card
from chalicelib.documents.pages import page
from chalicelib.documents.render import PAGES, RenderedEdition, render_edition
from chalicelib.documents.rows import written_date
from editorial.loading import LoadedContent
from tests.conftest import PUBLISHED
from tests.unit.test_render import MANIFEST

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)> \u202e\u2067&amp; " + "x" * 10_000
PATHS = (
    "overview",
    "risks",
    "reported-harms",
    "decision-factors",
    "concern/cellulite",
    "risk/infection",
    "reported-harm/allergic-shock",
)


def spoilt(value: Any) -> Any:
    """Return an entity with the hostile text in all fields that editors write."""
    if isinstance(value, tuple):
        return tuple(map(spoilt, value))
    texts = {
        "service_name",
        "subject",
        "question",
        "attribution",
        "disclaimer",
        "name",
        "line",
        "text",
        "label",
        "summary",
        "title",
        "finding",
        "citation",
    }
    if isinstance(value, Headings):
        texts = set(value.__struct_fields__)
    changes: dict[str, Any] = {name: HOSTILE for name in value.__struct_fields__ if name in texts}
    for name in set(value.__struct_fields__) - texts:
        nested = getattr(value, name)
        if isinstance(nested, Statement | LiteratureView | Headings | Labelled) or (
            isinstance(nested, tuple) and nested and isinstance(nested[0], Sentence)
        ):
            changes[name] = spoilt(nested)
    if hasattr(value, "questions"):
        changes["questions"] = (HOSTILE,)
    return structs.replace(value, **changes)


def view(entities: tuple[Entity, ...], superseded_by: Superseded | None = None) -> RenderedEdition:
    return render_edition(Edition(MANIFEST, "en", entities, (), superseded_by))


@pytest.mark.parametrize("path", PATHS)
def test_hostile_text_is_shown_as_text(content: LoadedContent, path: str) -> None:
    rendered = card(view(tuple(spoilt(entity) for entity in content.languages["en"])), path)
    assert rendered
    html = rendered.document.body
    assert "<img" not in html
    assert html.count("<script") == 2  # the JSON-LD, and the element's module
    assert html.count("</script>") == 2
    assert "alert(1)" in unescape(html)


@pytest.mark.parametrize("path", PAGES)
def test_hostile_text_is_text_on_pages(content: LoadedContent, path: str) -> None:
    html = page(view(tuple(spoilt(entity) for entity in content.languages["en"])), path, "an-element").document.body
    assert "<img" not in html
    assert html.count("<script") == html.count("</script>") == (path == "")  # the JSON-LD
    assert "alert(1)" in unescape(html)


@pytest.mark.parametrize("path", PATHS)
def test_cards_have_their_disclaimer(content: LoadedContent, path: str) -> None:
    """Also their attribution, and that no clinician has reviewed them."""
    rendered = card(view(content.languages["en"]), path)
    assert rendered
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", rendered.document.body.partition("<body>")[2])).split())
    assert "not medical advice" in text
    assert "which cites no sources" in text
    assert "No doctor has reviewed this page. Last checked on 24 November 2026 ." in text


@pytest.mark.parametrize(("kind", "shown"), [("safety", True), ("wording", False)])
def test_only_safety_changes_show_a_notice(content: LoadedContent, kind: Any, shown: bool) -> None:  # noqa: FBT001 - a table of cases
    """A pinned card shows a notice only if a safety change has superseded it."""
    rendered = card(
        view(
            content.languages["en"],
            Superseded(edition="fedcba9876543210fedcba9876543210", kind=kind, published_at=PUBLISHED),
        ),
        "concern/cellulite",
    )
    assert rendered
    assert ("There is a newer edition" in rendered.document.body) is shown


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl")])
def test_cards_follow_text_direction(content: LoadedContent, language: str, direction: str) -> None:
    article, *others = content.languages["en"]
    assert isinstance(article, Article)
    rendered = card(view((structs.replace(article, language=language), *others)), "overview")
    assert rendered
    assert f'<html lang="{language}" dir="{direction}">' in rendered.document.body


@pytest.mark.parametrize(
    "path",
    ["", "nothing", "overview/x", "concern/nothing", "source/park-2008", "risks/", "limitation/not-a-miracle-cure"],
)
def test_unknown_cards_are_none(content: LoadedContent, path: str) -> None:
    assert card(view(content.languages["en"]), path) is None


def text_of(html: str) -> str:
    """Return the text of a page without its marks, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition("<body>")[2])).split())


def answer(content: LoadedContent, superseded_by: Superseded | None = None) -> str:
    return page(view(content.languages["en"], superseded_by), "", "an-element").document.body


def test_risks_begin_with_the_worst(content: LoadedContent) -> None:
    """First what research shows to be worse, then what it cannot confirm to be rare; within these as in the content."""
    order = re.findall(r'<tbody role="rowgroup" id="([\w-]+)"', answer(content).partition('<h2 id="risks">')[2])
    assert order[:5] == ["infection", "allergic-reaction", "scarring", "bruising", "swelling"]


def test_each_statement_stands_on_the_answer(content: LoadedContent) -> None:
    shown = text_of(answer(content))
    for entity in content.languages["en"]:
        if isinstance(entity, Article | Source):
            continue
        view_of_research = getattr(entity, "literature", entity)
        assert getattr(entity, "text", "") in shown
        assert view_of_research.line in shown
        assert all(sentence.text in shown for sentence in view_of_research.sentences)
        assert all(question in shown for question in getattr(entity, "questions", ()))


def test_each_source_is_described_once(content: LoadedContent) -> None:
    html = page(view(content.languages["en"]), "sources", "an-element").document.body
    sources = [entity for entity in content.languages["en"] if isinstance(entity, Source)]
    ids = re.findall(r'<li id="([\w-]+)"', html)
    assert sorted(ids) == sorted(source.id for source in sources)
    shown = text_of(html)
    for source in sources:
        assert source.finding in shown
        assert source.study_subject.label in shown
    assert "146 people" in shown
    assert "Who paid: Funded by the maker" in shown


def test_each_question_stands_on_the_sheet(content: LoadedContent) -> None:
    shown = text_of(page(view(content.languages["en"]), "questions", "an-element").document.body)
    factors = [entity for entity in content.languages["en"] if isinstance(entity, DecisionFactor)]
    assert factors
    assert all(question in shown for factor in factors for question in factor.questions)


@pytest.mark.parametrize("path", PAGES)
def test_links_within_pages_have_targets(content: LoadedContent, path: str) -> None:
    edition = view(content.languages["en"])
    ids = {name: re.findall(r'id="([^"]+)"', page(edition, name, "an-element").document.body) for name in PAGES}
    assert [name for found in ids.values() for name in found if found.count(name) > 1] == []
    links = re.findall(r'href="([^"]*)#([^"]+)"', page(edition, path, "an-element").document.body)
    broken = [link for link in links if link[1] not in ids[{"": path, "./": ""}.get(link[0], link[0])]]
    assert {link for link in broken if not link[1].startswith("i-")} == set()


def test_descriptions_have_both_voices(content: LoadedContent) -> None:
    description = re.search(r'<meta name="description" content="([^"]+)"', answer(content))
    assert description
    article = content.languages["en"][0]
    assert isinstance(article, Article)
    assert article.short_answer.literature
    for line in (article.short_answer.line, article.short_answer.literature.line):
        assert line in unescape(description[1])


def test_older_editions_keep_their_links(content: LoadedContent) -> None:
    """A page of an older edition names the current one as canonical, and leads to other pages of its own edition."""
    newer = Superseded(edition="fedcba9876543210fedcba9876543210", kind="safety", published_at=PUBLISHED)
    html = answer(content, newer)
    assert '<link rel="canonical" href="https://address.invalid/">' in html
    assert f'<a href="sources?edition={MANIFEST.edition}">' in html
    assert "There is a newer edition" in html
    assert "?edition=" not in answer(content)


@pytest.mark.parametrize(
    ("day", "words"), [(date(2026, 11, 24), "24 November 2026"), (date(2027, 1, 1), "1 January 2027")]
)
def test_dates_are_written_in_words(content: LoadedContent, day: date, words: str) -> None:
    article = content.languages["en"][0]
    assert isinstance(article, Article)
    assert written_date(day, article.headings) == words
