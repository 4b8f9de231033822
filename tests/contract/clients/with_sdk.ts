// A program on the client of @hey-api/openapi-ts, whose functions are named by the document.
import { getBundle, getRisk, listEditions, listRisks } from "./sdk";
import { client } from "./sdk/client.gen";

client.setConfig({ baseUrl: process.argv[2]! });

async function main(): Promise<object> {
  const { data: reply, response } = await listRisks({ throwOnError: true });
  const first = reply.data[0]!;
  const { data: risk } = await getRisk({ path: { id: first.id }, throwOnError: true });
  const { data: serious } = await listRisks({ query: { seriousness: "rare-serious" }, throwOnError: true });
  const { error: problem } = await getRisk({ path: { id: "scaring" } });
  const again = await listRisks({ headers: { "If-None-Match": response.headers.get("ETag")! } });
  const { data: bundle } = await getBundle({ throwOnError: true });
  const { data: editions } = await listEditions({ throwOnError: true });
  return {
    risks: reply.data.map(({ id, seriousness }) => [id, seriousness.code, seriousness.label]),
    risk: [risk.data.name, risk.data.literature?.line ?? ""],
    serious: serious.data.length,
    problem: problem ? [problem.status, problem.detail, problem.did_you_mean] : [],
    again: again.response?.status,
    factors: bundle.data.resources.flatMap(({ data }) =>
      data.type === "decision-factor" ? [data.questions.length] : [],
    ),
    kinds: editions.data.map(({ kind }) => kind.label),
    review: reply.meta.clinical_review?.name ?? null,
  };
}

main().then((found) => console.log(JSON.stringify(found)));
