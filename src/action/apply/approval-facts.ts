/** What GitHub says of who agreed to a pull request, as far as the rules ask. */

import type { ApprovalFacts, ApprovalNeed } from "../../core/approval/approval.ts";
import { environmentApprovals } from "../../github/environment-approvals.ts";
import { isInTeam } from "../../github/is-in-team.ts";
import type { PullRequest } from "../../github/pull-request.ts";
import { readApprovals } from "../../github/read-approvals.ts";
import type { ApplySite } from "./apply-site.ts";

export interface AskingSite extends Pick<ApplySite, "repository" | "signal"> {
  readonly context: Pick<ApplySite["context"], "runId">;
}

/** Of the run: the environments that a person let it into. Asked only where a rule names one. */
export async function environmentFacts(
  { repository, context, signal }: AskingSite,
  needs: readonly ApprovalNeed[],
): Promise<ApprovalFacts> {
  const isAsked = needs.some(({ rule }) => rule.environment !== undefined);
  const environments = isAsked ? await environmentApprovals(repository, context.runId, signal) : [];
  return { labels: [], approvals: [], environments };
}

/** Of one pull request, with those of the run. Only reviews of what was merged count. */
export async function approvalFacts(
  site: AskingSite,
  pull: PullRequest,
  needs: readonly ApprovalNeed[],
  { environments }: ApprovalFacts,
): Promise<ApprovalFacts> {
  const { repository, signal } = site;
  const isAsked = needs.some(({ rule }) => rule.team !== undefined || rule.reviews !== undefined);
  const found = isAsked ? await readApprovals(repository, pull, signal) : [];
  const teams = [...new Set(needs.flatMap(({ rule }) => rule.team ?? []))];
  const users = [...new Set(found.map(({ user }) => user))];
  const approvals = [];
  for (const user of users) approvals.push({ user, teams: await teamsOf(site, user, teams) });
  return { labels: pull.labels, approvals, environments };
}

async function teamsOf(
  { repository, signal }: AskingSite,
  user: string,
  teams: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const team of teams) {
    const [org = "", slug = ""] = team.split("/");
    if (await isInTeam(repository.organization(org), org, slug, user, signal)) found.push(team);
  }
  return found;
}
