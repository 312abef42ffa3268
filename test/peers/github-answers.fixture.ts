/** How our GitHub tells of what people work on. */

import type { CheckState, RunApproval, StatusState } from "./github-checks.fixture.ts";
import type { HostedRepository } from "./github-hosted.fixture.ts";
import type { CommentState, IssueState } from "./github-issues.fixture.ts";
import { appOf } from "./github-people.fixture.ts";
import type { PullState, ReviewState } from "./github-pulls.fixture.ts";

export const webUrl = ({ name }: HostedRepository, path: string): string =>
  `https://github.example/${name}/${path}`;

const labelsOf = ({ issues }: HostedRepository, names: readonly string[]) =>
  names.map((name) => issues.labels.get(name.toLowerCase()) ?? { name, color: "ededed" });

export function tellOfIssue(hosted: HostedRepository, issue: IssueState): object {
  const { number, title, body, state, stateReason, user, createdAt, updatedAt, closedAt } = issue;
  const url = webUrl(hosted, `${issue.isPull ? "pull" : "issues"}/${number}`);
  return {
    id: 600_000 + number,
    number,
    title,
    body,
    state,
    state_reason: stateReason,
    locked: issue.isLocked,
    user,
    labels: labelsOf(hosted, issue.labels),
    comments: hosted.issues.comments(number).length,
    html_url: url,
    created_at: createdAt,
    updated_at: updatedAt,
    closed_at: closedAt,
    ...(issue.isPull && {
      pull_request: { url, html_url: url, diff_url: `${url}.diff`, patch_url: `${url}.patch` },
    }),
  };
}

export function tellOfComment(hosted: HostedRepository, comment: CommentState): object {
  const { id, issue, body, user, createdAt, updatedAt } = comment;
  const room = hosted.issues.get(issue).isPull ? "pull" : "issues";
  return {
    id,
    body,
    user,
    html_url: webUrl(hosted, `${room}/${issue}#issuecomment-${id}`),
    created_at: createdAt,
    updated_at: updatedAt,
    performed_via_github_app: appOf(user),
  };
}

/** As a webhook's payload has it, too. */
export function tellOfPull(hosted: HostedRepository, pull: PullState): object {
  const issue = hosted.issues.get(pull.number);
  const { name, git } = hosted;
  const repo = { id: 1, full_name: name };
  return {
    id: 500_000 + pull.number,
    number: pull.number,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    draft: false,
    locked: issue.isLocked,
    user: issue.user,
    labels: labelsOf(hosted, issue.labels),
    head: { ref: pull.head, sha: pull.headSha, repo: { ...repo, full_name: pull.headRepository } },
    base: { ref: pull.base, sha: pull.baseSha ?? git.tip(pull.base) ?? pull.headSha, repo },
    merged_at: pull.mergedAt,
    // Of an open one: a merge that was tried out, which is on no branch.
    merge_commit_sha: pull.mergeCommit ?? "e".repeat(40),
    html_url: webUrl(hosted, `pull/${pull.number}`),
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
  };
}

export const tellOfReview = ({ id, user, state, commit, at }: ReviewState): object => ({
  id,
  user,
  state,
  body: "",
  commit_id: commit,
  submitted_at: at,
});

export function tellOfCheck(hosted: HostedRepository, run: CheckState): object {
  const { id, sha, by, name, status, conclusion, title, summary, text, annotations } = run;
  const url = webUrl(hosted, `runs/${id}`);
  return {
    id,
    name,
    head_sha: sha,
    status,
    conclusion,
    external_id: run.externalId,
    details_url: run.detailsUrl ?? url,
    html_url: url,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    app: appOf(by),
    output: {
      title,
      summary,
      text,
      annotations_count: annotations.length,
      annotations_url: `${url}/annotations`,
    },
  };
}

export const tellOfStatus = ({
  id,
  state,
  context,
  description,
  targetUrl,
  by,
  at,
}: StatusState): object => ({
  id,
  state,
  context,
  description,
  target_url: targetUrl,
  creator: by,
  created_at: at,
  updated_at: at,
});

export const tellOfApproval = ({ state, comment, user, environments }: RunApproval): object => ({
  state,
  comment,
  user,
  environments: environments.map((name) => ({ name })),
});
