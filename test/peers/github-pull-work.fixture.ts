/** What our GitHub does with pull requests and commits. */

import { tellOfPull, tellOfReview } from "./github-answers.fixture.ts";
import type { Answer } from "./github-call.fixture.ts";
import {
  NOT_FOUND,
  invalid,
  listed,
  numberIn,
  paged,
  showOr404,
  type Work,
  type WorkCall,
} from "./github-work-call.fixture.ts";

function pullsOfCommit(call: WorkCall): Answer {
  const { hosted, operation } = call;
  const sha = hosted.git.find(operation.path["commit_sha"] ?? "");
  if (sha === undefined) return invalid("Commit", "sha", "No commit found for SHA");
  return listed(call, hosted.pulls.withCommit(sha), tellOfPull);
}

function showBranch({ hosted, operation }: WorkCall): Answer {
  const name = operation.path["branch"] ?? "";
  return showOr404(hosted.git.tip(name), (sha) => ({
    name,
    commit: { sha },
    protected: name === hosted.defaultBranch,
  }));
}

function compare(call: WorkCall): Answer {
  const { hosted, operation } = call;
  const [base = "", head = ""] = (operation.path["basehead"] ?? "").split("...");
  const found = hosted.git.compare(base, head);
  if (!found) return NOT_FOUND;
  const { items, headers } = paged(call, found.shas);
  const body = {
    status: found.status,
    ahead_by: found.shas.length,
    behind_by: found.behind,
    total_commits: found.shas.length,
    base_commit: { sha: hosted.git.commitOrBranch(base) },
    merge_base_commit: { sha: found.mergeBase },
    commits: items.map((sha) => ({ sha })),
  };
  return { status: 200, headers, body };
}

export const PULL_WORK: Readonly<Record<string, Work>> = {
  "pulls/get": {
    needs: [["pull_requests"], "read"],
    carryOut: (call) =>
      showOr404(call.hosted.pulls.find(numberIn(call)), (pull) => tellOfPull(call.hosted, pull)),
  },
  "pulls/list-reviews": {
    needs: [["pull_requests"], "read"],
    carryOut: (call) =>
      call.hosted.pulls.find(numberIn(call))
        ? listed(call, call.hosted.pulls.reviews(numberIn(call)), (_hosted, review) => tellOfReview(review))
        : NOT_FOUND,
  },
  "repos/list-pull-requests-associated-with-commit": {
    needs: [["pull_requests"], "read"],
    carryOut: pullsOfCommit,
  },
  "repos/get-branch": { needs: [["contents"], "read"], carryOut: showBranch },
  "repos/compare-commits-with-basehead": { needs: [["contents"], "read"], carryOut: compare },
};
