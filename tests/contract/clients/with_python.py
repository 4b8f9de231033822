"""A program on the client of openapi-python-client, whose modules and functions are named by the document."""

import json
import sys

from evidence.api.editions import get_bundle, list_editions
from evidence.api.risks import get_risk, list_risks
from evidence.client import Client
from evidence.models import DecisionFactor, EditionListReply, EvidenceBundleReply, Problem, RiskListReply, RiskReply

with Client(base_url=sys.argv[1]) as client:
    response = list_risks.sync_detailed(client=client)
    reply = response.parsed
    assert isinstance(reply, RiskListReply)
    risk = get_risk.sync(reply.data[0].id, client=client)
    assert isinstance(risk, RiskReply)
    serious = list_risks.sync(client=client, seriousness="rare-serious")
    assert isinstance(serious, RiskListReply)
    problem = get_risk.sync("scaring", client=client)
    assert isinstance(problem, Problem)
    again = list_risks.sync_detailed(client=client, if_none_match=response.headers["ETag"])
    bundle = get_bundle.sync(client=client)
    assert isinstance(bundle, EvidenceBundleReply)
    editions = list_editions.sync(client=client)
    assert isinstance(editions, EditionListReply)
    entities = [resource.data for resource in bundle.data.resources]
    review = reply.meta.clinical_review
    found = {
        "risks": [[one.id, one.seriousness.code, one.seriousness.label] for one in reply.data],
        "risk": [risk.data.name, risk.data.literature.line if risk.data.literature else ""],
        "serious": len(serious.data),
        "problem": [problem.status, problem.detail, problem.did_you_mean],
        "again": again.status_code,
        "factors": [len(entity.questions) for entity in entities if isinstance(entity, DecisionFactor)],
        "kinds": [change.kind.label for change in editions.data],
        "review": review.name if review else None,
    }
json.dump(found, sys.stdout)
