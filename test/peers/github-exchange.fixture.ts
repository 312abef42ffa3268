/** Which operation of GitHub's a request is, and whether it and its answer are as described. */

import { faultsOf, NOTHING } from "./description.fixture.ts";
import { type DescribedOperation, OPERATIONS, REFUSALS } from "./github-description.fixture.ts";
import { openGitHubVendor } from "./github-vendor.fixture.ts";

export interface Operation {
  /** Such as `actions/get-repo-secret`. */
  readonly id: string;
  /** The parts of the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Why a request with this body (undefined: none) is not as described; empty is good. */
  requestFaults(body: unknown): readonly string[];
  /** The same of an answer. */
  answerFaults(status: number, answer: unknown): readonly string[];
}

const vendor = openGitHubVendor();

/** Those without a parameter first: `public-key` is no name of a secret. */
const entries = OPERATIONS.map((described) => ({
  described,
  pattern: new RegExp(`^${described.template.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
})).sort((a, b) => countOf(a.described.template) - countOf(b.described.template));

function countOf(template: string): number {
  return template.split("{").length;
}

/** `path`: as it was sent, without the prefix of a server. Undefined: none that is described. */
export function findOperation(method: string, path: string): Operation | undefined {
  const [plain = "", text = ""] = path.split("?");
  const entry = entries.find((each) => each.described.method === method && each.pattern.test(plain));
  if (!entry) return undefined;
  const { described, pattern } = entry;
  const parts = Object.entries(pattern.exec(plain)?.groups ?? {});
  const query = new URLSearchParams(text);
  return {
    id: described.id,
    path: Object.fromEntries(parts.map(([name, value]) => [name, decodeURIComponent(value)])),
    query,
    requestFaults: (body) => [
      ...queryFaults(described, query),
      ...faultsOf(`the request ${described.id}`, described.body ?? NOTHING, body),
      ...(vendor?.requestFaults(described, query, body) ?? []),
    ],
    answerFaults: (status, answer) => [
      ...answerFaults(described, status, answer),
      ...(vendor?.answerFaults(described, status, answer) ?? []),
    ],
  };
}

const queryFaults = ({ id, query = [] }: DescribedOperation, sent: URLSearchParams): readonly string[] =>
  [...sent.keys()]
    .filter((name) => !query.includes(name))
    .map((name) => `the request ${id}: there is no query parameter ${name}`);

function answerFaults({ id, answers }: DescribedOperation, status: number, answer: unknown) {
  const schema = answers[status] ?? REFUSALS[status];
  return schema
    ? faultsOf(`the answer ${status} to ${id}`, schema, answer)
    : [`${status} is no answer to ${id}`];
}
