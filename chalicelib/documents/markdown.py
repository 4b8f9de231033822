"""The article, every list and the sources as Markdown (RFC 7763), for assistants and notes. Pure.

The text is CommonMark, below a front matter of YAML that has `question` and the members of `meta`.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from chalicelib.content.model import (
    ARTICLE_STATEMENTS,
    DecisionFactor,
    Labelled,
    LiteratureView,
    NamedStatement,
    ReportedHarm,
    Sentence,
    Source,
    Statement,
)
from chalicelib.documents.citations import doi_url, pubmed_url
from chalicelib.documents.envelope import Document, text_document
from chalicelib.documents.lists import LISTS, SOURCES
from chalicelib.documents.render import RenderedEdition

# Spaces and line breaks, but not the no-break space, which has a meaning.
SPACES = re.compile(r"[ \t\n\v\f\r\x85\u2028\u2029]+")
# What CommonMark and GitHub's extensions interpret anywhere, and what they interpret at the start of a line only.
ESCAPES = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>&~|$#"})
AT_START = re.compile(r"([0-9]*)([-+=.)])")
# JSON is YAML, except for these characters, which YAML wants escaped (YAML 1.2.2, section 5.1).
NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
URL_CHARACTERS = "%/:?#@!$&'()*+,;=~[]"  # of RFC 3986; everything else in an autolink is percent-encoded
VERDICTS = tuple(resource.filter for resource in LISTS if resource.filter and resource is not SOURCES)


def markdown_document(edition: RenderedEdition) -> Document:
    """Return the article's statements, every list, and the sources, which sentences name by number."""
    return text_document("\n\n".join((front_matter(edition), *MarkdownWriter(edition).blocks())) + "\n")


class MarkdownWriter:
    """Write an edition as blocks of Markdown. A source's number is its place in the list of sources."""

    def __init__(self, edition: RenderedEdition) -> None:
        self.edition = edition
        self.headings = edition.article.headings
        self.sources = [entity for entity in edition.entities.values() if isinstance(entity, Source)]
        self.numbers = {source.id: number for number, source in enumerate(self.sources, 1)}

    def blocks(self) -> Iterator[str]:
        """Yield the title, the disclaimer, the article's statements, list by list, and the sources."""
        article = self.edition.article
        yield heading(1, article.question)
        yield from self.origin()
        yield heading(2, self.headings.at_a_glance)
        yield from self.views(article.short_answer, 3)
        # The article's other statements have no names, so they share one heading, with rules between them.
        yield heading(2, article.subject)
        for index, name in enumerate(name for name in ARTICLE_STATEMENTS if name != "short_answer"):
            if index:
                yield "* * *"
            yield from self.views(getattr(article, name), 3)
        entities = self.edition.entities.values()
        for resource in LISTS:
            listed: list[Any] = [entity for entity in entities if isinstance(entity, resource.entity)]
            if listed and resource is not SOURCES:
                yield heading(2, getattr(self.headings, resource.section))
                for entity in listed:
                    yield heading(3, entity.name)
                    yield from self.views(entity, 4)
        yield heading(2, self.headings.sources)
        yield from (self.source(source) for source in self.sources)

    def origin(self) -> Iterator[str]:
        """Yield what belongs to every copy, because programs that show Markdown often hide the front matter."""
        article, superseded = self.edition.article, self.edition.meta.superseded_by
        if superseded and superseded.kind.code == "safety":
            yield bold(self.headings.superseded)
        yield f"> {escape(article.disclaimer)}"
        review, reviewed = article.clinical_review, self.headings.no_clinical_review
        if review:
            reviewed = f"{self.headings.clinical_review} {review.name}, {review.qualification}, {review.date}."
        yield escape(f"{article.attribution} {reviewed} {self.headings.checked} {article.checked}.")

    def views(self, entity: Statement | NamedStatement | ReportedHarm, level: int) -> Iterator[str]:
        """Yield what the article says and what research says, each below its own heading, then the questions."""
        if not isinstance(entity, ReportedHarm):
            yield heading(level, self.headings.article_says)
            yield from (bold(getattr(entity, name).label) for name in VERDICTS if hasattr(entity, name))
            yield escape(entity.line)
            yield escape(entity.text)
        view = entity if isinstance(entity, ReportedHarm) else entity.literature
        if view:
            yield heading(level, self.headings.literature_says)
            if isinstance(view, LiteratureView):
                yield bold(view.comparison.label)
            yield escape(view.line)
            yield " ".join(self.sentence(sentence) for sentence in view.sentences)
            yield f"{escape(self.headings.sources)}: {self.references(view.sources)}"
        if isinstance(entity, DecisionFactor):
            yield heading(level, self.headings.to_ask)
            yield "\n".join(f"- {escape(question)}" for question in entity.questions)

    def sentence(self, sentence: Sentence) -> str:
        """Return a sentence with the numbers of its sources. Without any, it is our own search or reading."""
        basis = self.references(sentence.sources) if sentence.sources else f"({escape(self.headings.own_search)})"
        return f"{escape(sentence.text)} {basis}"

    def references(self, sources: tuple[str, ...]) -> str:
        """Return the numbers of some sources, as text: nothing in the document defines a link of that name."""
        return f"[{', '.join(str(self.numbers[source]) for source in sources)}]"

    def source(self, source: Source) -> str:
        """Return a source as an item of a list: its citation and links, its labels, and its summary."""
        marker = f"{self.numbers[source.id]}. "
        urls = dict.fromkeys(url for url in (doi_url(source), pubmed_url(source), source.url) if url)
        links = "".join(f" <{quote(url, safe=URL_CHARACTERS)}>" for url in urls)
        fields = [getattr(source, name) for name in source.__struct_fields__]
        labels = " · ".join(escape(value.label) for value in fields if isinstance(value, Labelled))
        paragraphs = (f"{escape(source.citation or source.title)}{links}", labels, escape(source.summary))
        return marker + f"\n\n{' ' * len(marker)}".join(paragraphs)


def front_matter(edition: RenderedEdition) -> str:
    """Return the front matter, one member a line. Its values are JSON, which is YAML too (YAML 1.2.2, section 1.3)."""
    members = {"question": edition.article.question, **msgspec.to_builtins(edition.meta)}
    lines = (f"{name}: {msgspec.json.encode(value).decode()}" for name, value in members.items())
    escaped = (NOT_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", line) for line in lines)
    return "\n".join(("---", *escaped, "---"))


def heading(level: int, text: str) -> str:
    """Return a heading."""
    return f"{'#' * level} {escape(text)}"


def bold(text: str) -> str:
    """Return a paragraph in bold type."""
    return f"**{escape(text)}**"


def escape(text: str) -> str:
    """Return a text in one line, which Markdown shows as it is."""
    line = SPACES.sub(" ", text).strip(" ").translate(ESCAPES)
    start = AT_START.match(line)
    return f"{start[1]}\\{line[start.end(1) :]}" if start else line
