// A program on the types of openapi-typescript, with fetch. It compiles only if the document describes what it uses.
import type { components, paths } from "./types";

type Body<Path extends keyof paths> = paths[Path]["get"] extends {
  responses: { 200: { content: { "application/json": infer Reply } } };
}
  ? Reply
  : never;
type Problem = components["schemas"]["Problem"];

async function read<Path extends keyof paths>(path: Path, at: string = path): Promise<Body<Path>> {
  const response = await fetch(process.argv[2] + at);
  if (!response.ok) throw (await response.json()) as Problem;
  return (await response.json()) as Body<Path>;
}

// @ts-expect-error there is no such path
export const nothing = () => read("/v1/miracles");

async function main(): Promise<object> {
  const { data: risks, meta } = await read("/v1/risks");
  const first = risks[0]!;
  const { data: risk } = await read("/v1/risks/{id}", `/v1/risks/${first.id}`);
  // @ts-expect-error there is no such member
  void first.miracle;
  const { data: serious } = await read("/v1/risks", "/v1/risks?seriousness=rare-serious");
  const problem = await read("/v1/risks/{id}", "/v1/risks/scaring").catch((error: Problem) => error);
  const address = `${process.argv[2]}/v1/risks`;
  const etag = (await fetch(address)).headers.get("ETag")!;
  const again = await fetch(address, { headers: { "If-None-Match": etag } });
  const { data: bundle } = await read("/v1/bundle");
  const { data: editions } = await read("/v1/editions");
  return {
    risks: risks.map(({ id, seriousness }) => [id, seriousness.code, seriousness.label]),
    risk: [risk.name, risk.literature?.line ?? ""],
    serious: serious.length,
    problem: "status" in problem ? [problem.status, problem.detail, problem.did_you_mean] : [],
    again: again.status,
    // The discriminator narrows the type.
    factors: bundle.resources.flatMap(({ data }) => (data.type === "decision-factor" ? [data.questions.length] : [])),
    kinds: editions.map(({ kind }) => kind.label),
    review: meta.clinical_review?.name ?? null,
  };
}

main().then((found) => console.log(JSON.stringify(found)));
