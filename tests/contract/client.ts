// A small client, as an app's developer would write it. It compiles only if the document describes what it uses.
import type { components, paths } from "./openapi";

type Reply<Path extends keyof paths> = paths[Path]["get"] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

async function read<Path extends keyof paths>(root: string, path: Path, at: string = path): Promise<Reply<Path>> {
  const response = await fetch(root + at, { headers: { Accept: "application/json" } });
  if (!response.ok) {
    const problem = (await response.json()) as components["schemas"]["ProblemDocument"];
    throw new Error(`${problem.title}: ${problem.detail} ${(problem.did_you_mean ?? []).join(", ")}`);
  }
  return (await response.json()) as Reply<Path>;
}

export async function effective(root: string): Promise<string[]> {
  const { data, meta } = await read(root, "/v1/concerns");
  return data
    .filter((concern) => concern.effectiveness.code === "effective-in-some-cases")
    .map((concern) => `${concern.effectiveness.label}: ${concern.name}. ${concern.line} (${meta.disclaimer})`);
}

export async function seriousRisks(root: string): Promise<Array<{ name: string; literature: string }>> {
  const { data } = await read(root, "/v1/risks", "/v1/risks?seriousness=rare-serious");
  return data.map(({ name, literature }) => ({ name, literature: literature?.line ?? "" }));
}

export async function questions(root: string): Promise<string[]> {
  const { data } = await read(root, "/v1/decision-factors");
  return data.flatMap((factor) => (factor.kind.code === "before-deciding" ? factor.questions : []));
}

export async function otherHarms(root: string): Promise<string[]> {
  const { data } = await read(root, "/v1/reported-harms");
  return data.flatMap(({ name, sentences }) => sentences.map(({ text, sources }) => `${name}: ${text} ${sources}`));
}

export async function references(root: string): Promise<string[]> {
  const { data, meta } = await read(root, "/v1/sources");
  const reviewer = meta.clinical_review?.name ?? "nobody";
  return data.map(
    ({ citation, study_type, cited_by }) =>
      `${citation} ${study_type.label}: ${cited_by.map(({ sentence }) => sentence?.text ?? "")} (${reviewer})`,
  );
}

// @ts-expect-error there is no such path
export const nothing = (root: string) => read(root, "/v1/miracles");
