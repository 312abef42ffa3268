/**
 * What an expression may read at which place of a workflow, and which functions it may call
 * (https://docs.github.com/actions/reference/workflows-and-actions/contexts#context-availability).
 */

import { type Expression, parseExpression, readsOf } from "./parse-expression.fixture.ts";

const OF_JOB = ["github", "needs", "strategy", "matrix", "vars", "inputs"];
const OF_STEP = [...OF_JOB, "job", "runner", "env", "steps"];
const STATUS = ["always", "cancelled", "success", "failure"];

interface Place {
  readonly contexts: readonly string[];
  readonly functions?: readonly string[];
}

/** `secrets` is left out but for a step's `env` and `with`: nothing else needs one. */
export const PLACES = {
  "run-name": { contexts: ["github", "inputs", "vars"] },
  concurrency: { contexts: ["github", "inputs", "vars"] },
  env: { contexts: ["github", "inputs", "vars"] },
  "job.name": { contexts: OF_JOB },
  "job.if": { contexts: ["github", "needs", "vars", "inputs"], functions: STATUS },
  "job.runs-on": { contexts: OF_JOB },
  "job.environment": { contexts: OF_JOB },
  "job.concurrency": { contexts: OF_JOB },
  "job.env": { contexts: OF_JOB },
  "job.outputs": { contexts: OF_STEP },
  "step.name": { contexts: OF_STEP },
  "step.if": { contexts: OF_STEP, functions: [...STATUS, "hashFiles"] },
  "step.env": { contexts: [...OF_STEP, "secrets"], functions: ["hashFiles"] },
  "step.with": { contexts: [...OF_STEP, "secrets"], functions: ["hashFiles"] },
} as const satisfies Readonly<Record<string, Place>>;

export type PlaceName = keyof typeof PLACES;

const FUNCTIONS = ["contains", "startsWith", "endsWith", "format", "join", "toJSON", "fromJSON"];

/** Properties of `github` that are no text of strangers. Of `github.event` only those that a test compares. */
const OF_GITHUB = new Set([
  ..."actor api_url base_ref event_name job ref ref_name ref_protected repository repository_id".split(" "),
  ..."repository_owner run_attempt run_id run_number server_url sha token workflow workspace".split(" "),
  "event.pull_request.head.repo.full_name",
  "event.pull_request.number",
  "event.repository.default_branch",
]);

/** The expressions in a text, or the text itself, which `if` is; or what is wrong with one. */
export function expressionsIn(
  text: string,
  place: string,
): readonly { readonly expression?: Expression; readonly fault?: string }[] {
  const inner = [...text.matchAll(/\$\{\{([\s\S]*?)\}\}/g)].map(([, body = ""]) => body.trim());
  const isBare = place.endsWith(".if") && inner.length === 0;
  if (!isBare && text.split("${{").length - 1 !== inner.length) return [{ fault: "${{ without }}" }];
  if (place.endsWith(".if") && inner.length > 0 && !/^\$\{\{[\s\S]*\}\}$/.test(text.trim()))
    return [{ fault: "an if with text around its expression is always true" }];
  return (isBare ? [text] : inner).map((body) => {
    try {
      return { expression: parseExpression(body) };
    } catch (error) {
      return { fault: error instanceof Error ? error.message : String(error) };
    }
  });
}

/** What is wrong with an expression at its place, by contexts and functions alone. */
export function faultsAt(expression: Expression, name: PlaceName): readonly string[] {
  const place: Place = PLACES[name];
  return readsOf(expression).flatMap((read) => {
    if (read.kind === "call") {
      const known = [...FUNCTIONS, ...(place.functions ?? [])].map((each) => each.toLowerCase());
      return known.includes(read.name.toLowerCase()) ? [] : [`${read.name}() cannot be called here`];
    }
    const [context = "", ...rest] = read.parts;
    if (!place.contexts.includes(context)) return [`${context} cannot be read here`];
    const path = rest.join(".");
    return context !== "github" || OF_GITHUB.has(path) ? [] : [`github.${path} is not to be read`];
  });
}
