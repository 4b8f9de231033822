"""Small drafts for tests that publish many times."""

from datetime import date

from chalicelib.content.model import Article, Concern, Entity, Labels, LiteratureView, Risk, Source, Statement
from editorial.draft import EditionDraft, draft
from editorial.loading import LoadedContent


def small(text: str, concerns: int = 2) -> EditionDraft:
    """Return a draft with the same text everywhere, so that a mixture of two editions shows."""
    statement = Statement(summary=text, text=text, paragraphs=(1,))
    article = Article(
        language="en",
        translation="source",
        reviewed=date(2026, 11, 22),
        next_review=date(2027, 11, 22),
        paragraph_count=7,
        effectiveness_values=("limited-evidence",),
        service_name=text,
        subject=text,
        question=text,
        attribution=text,
        disclaimer=text,
        labels=Labels(
            **dict.fromkeys(Labels.__struct_fields__, text) | {"effectiveness_labels": {"limited-evidence": text}}
        ),
        short_answer=statement,
        definition=statement,
        debate=statement,
        variation=statement,
        safety=statement,
        conclusion=statement,
    )
    literature = LiteratureView(comparison="agrees", text=text, sources=("source",))
    source = Source(
        id="source",
        title=text,
        study_type="case-report",
        bears_on=("risk",),
        direction="mixed",
        summary=text,
        finding=text,
    )
    risk = Risk(
        id="risk", name=text, summary=text, text=text, paragraphs=(6,), seriousness="side-effect", literature=literature
    )
    entities: tuple[Entity, ...] = (
        article,
        *(
            Concern(
                id=f"concern-{number}",
                name=text,
                summary=text,
                text=text,
                paragraphs=(2,),
                effectiveness="limited-evidence",
            )
            for number in range(concerns)
        ),
        risk,
        source,
    )
    return draft(LoadedContent({"en": entities}).languages)
