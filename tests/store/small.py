"""Small contents, to be published many times over."""

from datetime import date

from chalicelib.content.model import Article, Concern, Entity, Labels, LiteratureView, Risk, Source, Statement
from editorial.draft import EditionDraft, draft
from editorial.loading import LoadedContent


def small(mark: str, concerns: int = 2) -> EditionDraft:
    """Give a draft that says its mark in every text, so that a mixture of two shows."""
    statement = Statement(summary=mark, text=mark, paragraphs=(1,))
    article = Article(
        language="en",
        translation="source",
        reviewed=date(2026, 11, 22),
        next_review=date(2027, 11, 22),
        question=mark,
        attribution=mark,
        disclaimer=mark,
        labels=Labels(**dict.fromkeys(Labels.__struct_fields__, mark)),
        short_answer=statement,
        definition=statement,
        debate=statement,
        variation=statement,
        safety=statement,
        conclusion=statement,
    )
    literature = LiteratureView(comparison="agrees", text=mark, sources=("source",))
    source = Source(
        id="source",
        title=mark,
        study_type="case-report",
        bears_on=("risk",),
        direction="mixed",
        summary=mark,
        finding=mark,
    )
    risk = Risk(
        id="risk", name=mark, summary=mark, text=mark, paragraphs=(6,), seriousness="side-effect", literature=literature
    )
    entities: tuple[Entity, ...] = (
        article,
        *(
            Concern(
                id=f"concern-{number}",
                name=mark,
                summary=mark,
                text=mark,
                paragraphs=(2,),
                effectiveness="limited-evidence",
            )
            for number in range(concerns)
        ),
        risk,
        source,
    )
    return draft(LoadedContent({"en": entities}).languages)
