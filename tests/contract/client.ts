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
    .filter((concern) => concern.effectiveness === "effective-in-some-cases")
    .map((concern) => `${concern.name}: ${concern.summary} (${meta.disclaimer})`);
}

export async function seriousRisks(root: string): Promise<Array<{ name: string; literature: string }>> {
  const { data } = await read(root, "/v1/risks", "/v1/risks?seriousness=rare-serious");
  return data.map(({ name, literature }) => ({ name, literature: literature?.text ?? "" }));
}

export async function questions(root: string): Promise<string[]> {
  const { data } = await read(root, "/v1/decision-factors");
  return data.flatMap((factor) => (factor.kind === "before-deciding" ? factor.questions : []));
}

// @ts-expect-error there is no such path
export const nothing = (root: string) => read(root, "/v1/miracles");
