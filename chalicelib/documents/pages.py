"""The pages for readers: the answer, the sources by subject, and the questions for a consultation."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct

from chalicelib.content.model import ARTICLE_STATEMENTS, GENERAL, OTHER_HARMS, Article, Entity, Source
from chalicelib.documents.cards import card
from chalicelib.documents.citations import index_citations
from chalicelib.documents.json_ld import medical_web_page
from chalicelib.documents.render import ORIGIN, PAGES, REFERENCE, Html, RenderedEdition
from chalicelib.documents.rows import Row, article_row, filled
from chalicelib.documents.templating import canonical, html_page, json_in_html, style, template_context

# No site may frame a page. A browser asks for the icon under the page's own policy.
POLICY = "img-src 'self'; frame-ancestors 'none'"
ANSWER, QUESTIONS, SOURCES = PAGES
CARDS = "/embed/"


def html_at(edition: RenderedEdition, url: str, element_name: str) -> Html | None:
    """Return the page or the card at the path of a URL, or None if there is none."""
    if url.startswith(CARDS):
        return card(edition, url.removeprefix(CARDS))
    path = url.removeprefix("/")
    return page(edition, path, element_name) if path in PAGES else None


def page(edition: RenderedEdition, path: str, element_name: str) -> Html:
    """Return one of the `PAGES` as HTML."""
    if path == QUESTIONS:
        return questions(edition)
    return sources(edition) if path == SOURCES else answer(edition, element_name)


def answer(edition: RenderedEdition, element_name: str) -> Html:
    """Return the answer to the article's question: what the article says, and what research says."""
    context = page_context(edition, ANSWER, edition.article.question)
    article = edition.article
    entities = [entity for entity in edition.entities.values() if not isinstance(entity, Source)]
    return render(
        "home.html",
        context
        | {
            "element_name": element_name,
            "origin": ORIGIN,
            "debate": article_row("debate", article.headings.debate, article.debate, article),
            "linked_data": json_in_html(medical_web_page(article, entities, brief=True)),
        },
    )


def sources(edition: RenderedEdition) -> Html:
    """Return the sources by subject, each with the sentences that rest on it."""
    listed = template_context(edition)["sources"]
    title = filled(edition.article.headings.sources_title, count=len(listed))
    context = page_context(edition, SOURCES, title)
    return render("sources.html", context | {"subjects": list(by_subject(edition)), "cited": places_by_source(edition)})


def questions(edition: RenderedEdition) -> Html:
    """Return the questions for a consultation on one sheet."""
    return render("questions.html", page_context(edition, QUESTIONS, edition.article.headings.questions_title))


def render(template: str, context: dict[str, Any]) -> Html:
    """Return a page with its policy."""
    return html_page(template, style("tokens", "parts", "page"), POLICY, context)


def page_context(edition: RenderedEdition, path: str, title: str) -> dict[str, Any]:
    """Return the variables of a page's template."""
    headings = edition.article.headings
    return template_context(edition) | {
        "card": False,
        "root": "./",
        "title": title,
        "here": path,
        "address": canonical(edition.article, path),
        "current": path or "./",
        "navigation": (
            (ANSWER, headings.to_answer),
            (QUESTIONS, headings.to_questions),
            (SOURCES, headings.to_sources),
            (REFERENCE, headings.to_reference),
        ),
    }


class Subject(Struct, frozen=True, kw_only=True):
    """A subject, with its sources: those described there, and those described under an earlier subject."""

    id: str
    name: str
    sources: list[Source]
    described: list[Source]
    again: list[tuple[Source, str]]


def by_subject(edition: RenderedEdition) -> Iterator[Subject]:
    """Yield the subjects that have sources, in the order of the answer. Each source is described once."""
    context = template_context(edition)
    subjects_by_source = index_citations(all_entities(edition)).subjects_by_source
    first: dict[str, str] = {}
    for name, title, members in subjects(context):
        found = [source for source in context["sources"].values() if subjects_by_source[source.id] & members]
        if not found:
            continue
        again = [(source, first[source.id]) for source in found if source.id in first]
        described = [source for source in found if source.id not in first]
        first.update((source.id, title) for source in described)
        yield Subject(id=name, name=title, sources=found, described=described, again=again)


def subjects(context: dict[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    """Yield the id and the name of each subject, and the subjects of sources that belong to it."""
    headings = context["headings"]
    for row in (*context["concerns"], *context["risks"]):
        yield row.id, row.name, {row.id}
    harms = {row.id for row in context["reported_harms"]}
    yield OTHER_HARMS, headings.other_harms, {OTHER_HARMS, *harms}
    for row in (*context["factors"], *context["benefits"]):
        yield row.id, row.name, {row.id}
    yield GENERAL, headings.general, {GENERAL, *ARTICLE_STATEMENTS}


class Place(NamedTuple):
    """A sentence that rests on a source, and the statement where it stands on the page of the answer."""

    id: str
    name: str
    sentence: str


def places_by_source(edition: RenderedEdition) -> dict[str, list[Place]]:
    """Return the sentences that rest on each source. A sentence that stands in two statements is named once."""
    context = template_context(edition)
    article: Article = edition.article
    rows: list[Row] = [context[name] for name in ("short_answer", "safety")]
    rows.append(article_row("debate", article.headings.debate, article.debate, article))
    rows += [row for name in ("concerns", "risks", "reported_harms", "benefits", "factors") for row in context[name]]
    places: dict[str, list[Place]] = {source: [] for source in context["sources"]}
    for row in rows:
        for sentence in row.view.sentences if row.view else ():
            for source in sentence.sources:
                places[source].append(Place(row.id, row.name, sentence.text))
    return places


def all_entities(edition: RenderedEdition) -> list[Entity]:
    """Return the article and all entities of an edition."""
    return [edition.article, *edition.entities.values()]
