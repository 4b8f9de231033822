"""Small drafts for tests that publish many times."""

from datetime import date
from typing import Any, get_args

from msgspec import structs

from chalicelib.content.model import (
    AboutEffect,
    Article,
    Comparison,
    Concern,
    Control,
    Effectiveness,
    Entity,
    Headings,
    Labels,
    LiteratureView,
    Risk,
    Sentence,
    Seriousness,
    Source,
    Statement,
    StudySubject,
    StudyType,
    Translation,
)
from editorial.draft import EditionDraft, draft
from editorial.loading import LoadedContent


def small(text: str, concerns: int = 2) -> EditionDraft:
    """Return a draft with the same text everywhere, so that a mixture of two editions shows."""
    line = text[:160]
    statement = Statement(line=line, text=text, paragraphs=(1,))
    article = Article(
        language="en",
        translation=Translation(code="source", label=text),
        checked=date(2026, 11, 22),
        next_check=date(2027, 11, 22),
        clinical_review=None,
        paragraph_count=7,
        effectiveness_values=("limited-evidence",),
        service_name=text,
        subject=text,
        question=text,
        attribution=text,
        disclaimer=text,
        headings=Headings(**dict.fromkeys(Headings.__struct_fields__, text)),
        labels=labels(text),
        short_answer=statement,
        definition=statement,
        debate=statement,
        variation=statement,
        safety=statement,
        conclusion=statement,
    )
    literature = LiteratureView(
        comparison=Comparison(code="agrees", label=text),
        line=line,
        sentences=(Sentence(id="sentence", text=text, sources=("source",)),),
        sources=("source",),
    )
    source = Source(
        id="source",
        title=text,
        citation=text,
        study_type=StudyType(code="case-report", label=text),
        study_subject=StudySubject(code="not-stated", label=text),
        control=Control(code="not-applicable", label=text),
        about_effect=AboutEffect(code="mixed", label=text),
        bears_on=("risk",),
        summary=line,
        finding=text,
    )
    risk = Risk(
        id="risk",
        name=text,
        line=line,
        text=text,
        paragraphs=(6,),
        seriousness=Seriousness(code="side-effect", label=text),
        literature=literature,
    )
    entities: tuple[Entity, ...] = (
        article,
        *(
            Concern(
                id=f"concern-{number}",
                name=text,
                line=line,
                text=text,
                paragraphs=(2,),
                effectiveness=Effectiveness(code="limited-evidence", label=text),
            )
            for number in range(concerns)
        ),
        risk,
        source,
    )
    return draft(LoadedContent({"en": entities}).languages)


def labels(text: str) -> Labels:
    """Return labels that are all the same text."""

    def labels_of(mapping: Any) -> dict[str, Any]:
        codes, value = get_args(mapping)
        keys = [str(code) for code in get_args(codes) if isinstance(code, str)] or ["limited-evidence"]
        return dict.fromkeys(keys, labels_of(value) if get_args(value)[:1] != (str,) else text)

    return Labels(**{field.name: labels_of(field.type) for field in structs.fields(Labels)})
