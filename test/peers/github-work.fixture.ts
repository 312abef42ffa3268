/** What our GitHub does where people work together; another operation is one entry of a table. */

import type { Access } from "./github-accounts.fixture.ts";
import { type Answer, type Call, refusal } from "./github-call.fixture.ts";
import { CHECK_WORK } from "./github-check-work.fixture.ts";
import type { HostedRepository } from "./github-hosted.fixture.ts";
import { ISSUE_WORK } from "./github-issue-work.fixture.ts";
import { PEOPLE_WORK } from "./github-people-work.fixture.ts";
import { PULL_WORK } from "./github-pull-work.fixture.ts";
import { NOT_FOUND, type Work } from "./github-work-call.fixture.ts";

/** Undefined: it is no operation of these. */
export function carryOutWork(call: Call): Answer | undefined {
  const work = WORK[call.operation.id];
  if (!work) return undefined;
  const refused = refusePermission(call.access, work);
  if (refused) return refused;
  const { owner, repo } = call.operation.path;
  const repository = call.repositories.get(`${owner}/${repo}`.toLowerCase());
  const actor = call.people.actorOf(call.access);
  if (owner === undefined) return work.carryOut({ ...call, actor, hosted: NONE });
  return repository ? work.carryOut({ ...call, actor, hosted: repository }) : NOT_FOUND;
}

/** Of what belongs to no repository. */
const NONE = undefined as unknown as HostedRepository;

function refusePermission({ type, permissions }: Access, { needs }: Work): Answer | undefined {
  if (!needs) return undefined;
  const [names, right] = needs;
  const granted = new Set(names.map((name) => permissions[name]));
  if (granted.has("write") || granted.has(right)) return undefined;
  const actor = type === "personal" ? "personal access token" : "integration";
  const headers = {
    "x-accepted-github-permissions": names.map((name) => `${name}=${right}`).join("; "),
  };
  return refusal(403, `Resource not accessible by ${actor}`, headers);
}

const WORK: Readonly<Record<string, Work>> = {
  ...ISSUE_WORK,
  ...PULL_WORK,
  ...CHECK_WORK,
  ...PEOPLE_WORK,
};
