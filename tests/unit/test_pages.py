"""Cards: their parts, and the escaping of text."""

import re
from html import unescape
from typing import Any

import pytest
from msgspec import structs

from chalicelib.content.editions import Edition, Superseded
from chalicelib.content.model import (
    Article,
    Entity,
    Headings,
    Labelled,
    LiteratureView,
    Sentence,
    Statement,
)
from chalicelib.documents.cards import card
from chalicelib.documents.render import RenderedEdition, render_edition
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
    html = rendered[0].body
    assert "<img" not in html
    assert html.count("<script") == 2  # the JSON-LD, and the element's module
    assert html.count("</script>") == 2
    assert "alert(1)" in unescape(html)


@pytest.mark.parametrize("path", PATHS)
def test_cards_have_their_disclaimer(content: LoadedContent, path: str) -> None:
    """Also their attribution, and that no clinician has reviewed them."""
    rendered = card(view(content.languages["en"]), path)
    assert rendered
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", rendered[0].body.partition("<body>")[2])).split())
    assert "not medical advice" in text
    assert "which cites no sources" in text
    assert "No doctor has reviewed this page. Last checked on 2026-11-24 ." in text


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
    assert ("There is a newer edition" in rendered[0].body) is shown


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl")])
def test_cards_follow_text_direction(content: LoadedContent, language: str, direction: str) -> None:
    article, *others = content.languages["en"]
    assert isinstance(article, Article)
    rendered = card(view((structs.replace(article, language=language), *others)), "overview")
    assert rendered
    assert f'<html lang="{language}" dir="{direction}">' in rendered[0].body


@pytest.mark.parametrize(
    "path",
    ["", "nothing", "overview/x", "concern/nothing", "source/park-2008", "risks/", "limitation/not-a-miracle-cure"],
)
def test_unknown_cards_are_none(content: LoadedContent, path: str) -> None:
    assert card(view(content.languages["en"]), path) is None
