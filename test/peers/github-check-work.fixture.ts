/** What our GitHub does with checks, statuses and approvals of workflow runs. */

import { tellOfApproval, tellOfCheck, tellOfStatus } from "./github-answers.fixture.ts";
import { type Answer, refusal } from "./github-call.fixture.ts";
import type { CheckBody } from "./github-checks.fixture.ts";
import { appOf } from "./github-people.fixture.ts";
import {
  NOT_FOUND,
  invalid,
  numberIn,
  paged,
  showOr404,
  type Work,
  type WorkCall,
} from "./github-work-call.fixture.ts";

function createCheck({ hosted, actor, body }: WorkCall): Answer {
  if (appOf(actor) === null) return refusal(403, "You must authenticate via a GitHub App.");
  const wanted = body as CheckBody;
  if (hosted.git.find(wanted.head_sha ?? "") === undefined)
    return invalid("CheckRun", "head_sha", `No commit found for SHA: ${wanted.head_sha}`);
  return { status: 201, body: tellOfCheck(hosted, hosted.checks.add(wanted, actor)) };
}

const findCheck = (call: WorkCall) => call.hosted.checks.runs.find(({ id }) => id === numberIn(call));

function updateCheck(call: WorkCall): Answer {
  const { hosted, actor, body } = call;
  const run = findCheck(call);
  if (!run) return NOT_FOUND;
  if (run.by.login !== actor.login)
    return refusal(403, "A check run can only be modified by the GitHub App that created it.");
  hosted.checks.change(run, body as CheckBody);
  return { status: 200, body: tellOfCheck(hosted, run) };
}

function listChecks(call: WorkCall): Answer {
  const { hosted, operation } = call;
  const sha = hosted.git.commitOrBranch(operation.path["ref"] ?? "");
  if (sha === undefined) return invalid("Commit", "sha", "No commit found for SHA");
  const name = operation.query.get("check_name");
  const found = hosted.checks.runs
    .filter((run) => run.sha === sha && (name === null || run.name === name))
    .toReversed();
  const latest = found.filter(
    (run, at) => found.findIndex((each) => each.name === run.name && each.by.id === run.by.id) === at,
  );
  const { items, headers } = paged(call, operation.query.get("filter") === "all" ? found : latest);
  const body = { total_count: found.length, check_runs: items.map((run) => tellOfCheck(hosted, run)) };
  return { status: 200, headers, body };
}

interface StatusBody {
  readonly state: string;
  readonly context?: string;
  readonly description?: string;
  readonly target_url?: string;
}

function createStatus({ hosted, actor, body, operation }: WorkCall): Answer {
  const sha = hosted.git.find(operation.path["sha"] ?? "");
  if (sha === undefined) return invalid("Status", "sha", "No commit found for SHA");
  const { state, context = "default", description = null, target_url: targetUrl = null } = body as StatusBody;
  const { statuses } = hosted.checks;
  const at = hosted.now();
  const status = { id: 60_000 + statuses.length, sha, context, state, description, targetUrl, by: actor, at };
  statuses.push(status);
  return { status: 201, body: tellOfStatus(status) };
}

export const CHECK_WORK: Readonly<Record<string, Work>> = {
  "checks/create": { needs: [["checks"], "write"], carryOut: createCheck },
  "checks/get": {
    needs: [["checks"], "read"],
    carryOut: (call) => showOr404(findCheck(call), (run) => tellOfCheck(call.hosted, run)),
  },
  "checks/update": { needs: [["checks"], "write"], carryOut: updateCheck },
  "checks/list-for-ref": { needs: [["checks"], "read"], carryOut: listChecks },
  "repos/create-commit-status": { needs: [["statuses"], "write"], carryOut: createStatus },
  "actions/get-reviews-for-run": {
    needs: [["actions"], "read"],
    carryOut: ({ hosted, operation }) => ({
      status: 200,
      body: hosted.checks.approvals(operation.path["run_id"] ?? "").map(tellOfApproval),
    }),
  },
};
