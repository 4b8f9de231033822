"""Cards: whatever their texts hold is shown as text."""

import re
from html import unescape
from typing import Any

import pytest
from msgspec import structs

from chalicelib.content.editions import Edition, Superseded
from chalicelib.content.model import Article, Entity, Labels, LiteratureView, Statement
from chalicelib.documents.cards import card
from chalicelib.documents.render import RenderedEdition, render_edition
from editorial.loading import LoadedContent
from tests.conftest import PUBLISHED
from tests.unit.test_render import MANIFEST

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)> \u202e\u2067&amp; " + "x" * 10_000
PATHS = ("overview", "risks", "decision-factors", "concern/cellulite", "risk/infection")


def spoilt(value: Any) -> Any:
    """Give an entity with the hostile text in every field that is written in words."""
    if isinstance(value, Statement | LiteratureView):
        changes = {name: HOSTILE for name in ("summary", "text") if hasattr(value, name)}
        if isinstance(value, Statement) and value.literature:
            changes["literature"] = spoilt(value.literature)
        return structs.replace(value, **changes)
    if isinstance(value, Labels):
        return Labels(**dict.fromkeys(value.__struct_fields__, HOSTILE))
    texts = {"question", "attribution", "disclaimer", "name", "summary", "text", "title", "finding"}
    changes = {name: HOSTILE for name in value.__struct_fields__ if name in texts}
    for name in set(value.__struct_fields__) - texts:
        if isinstance(getattr(value, name), Statement | LiteratureView | Labels):
            changes[name] = spoilt(getattr(value, name))
    if hasattr(value, "questions"):
        changes["questions"] = (HOSTILE,)
    return structs.replace(value, **changes)


def view(entities: tuple[Entity, ...], superseded_by: Superseded | None = None) -> RenderedEdition:
    return render_edition(Edition(MANIFEST, "en", entities, (), superseded_by))


@pytest.mark.parametrize("path", PATHS)
def test_hostile_text_is_shown_as_text(content: LoadedContent, path: str) -> None:
    found = card(view(tuple(spoilt(entity) for entity in content.languages["en"])), path)
    assert found
    html = found[0].body
    assert "<img" not in html
    assert html.count("<script") == 2  # the JSON-LD, and the element's module
    assert html.count("</script>") == 2
    assert "alert(1)" in unescape(html)


@pytest.mark.parametrize("path", PATHS)
def test_every_card_has_its_disclaimer_its_attribution_and_its_review(content: LoadedContent, path: str) -> None:
    found = card(view(content.languages["en"]), path)
    assert found
    text = unescape(re.sub(r"<[^>]+>", " ", found[0].body.partition("<body>")[2]))
    assert "not medical advice" in text
    assert "From the reviewed article" in text
    assert "2026-11-22" in text


@pytest.mark.parametrize(("kind", "said"), [("safety", True), ("wording", False)])
def test_only_a_safety_change_puts_a_notice_on_a_pinned_card(content: LoadedContent, kind: Any, said: bool) -> None:  # noqa: FBT001 - a table of cases
    found = card(
        view(
            content.languages["en"],
            Superseded(edition="fedcba9876543210fedcba9876543210", kind=kind, published_at=PUBLISHED),
        ),
        "concern/cellulite",
    )
    assert found
    assert ("There is a newer edition" in found[0].body) is said


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl")])
def test_a_card_is_written_in_the_direction_of_its_language(
    content: LoadedContent, language: str, direction: str
) -> None:
    article, *others = content.languages["en"]
    assert isinstance(article, Article)
    found = card(view((structs.replace(article, language=language), *others)), "overview")
    assert found
    assert f'<html lang="{language}" dir="{direction}">' in found[0].body


@pytest.mark.parametrize("path", ["", "nothing", "overview/x", "concern/nothing", "source/park-2008", "risks/"])
def test_what_is_no_card_is_none(content: LoadedContent, path: str) -> None:
    assert card(view(content.languages["en"]), path) is None
