/** What our GitHub does with issues, comments and labels. */

import { tellOfComment, tellOfIssue } from "./github-answers.fixture.ts";
import { type Answer, refusal } from "./github-call.fixture.ts";
import { type IssueState, isBy } from "./github-issues.fixture.ts";
import {
  NOT_FOUND,
  invalid,
  listed,
  numberIn,
  showOr404,
  type Work,
  type WorkCall,
} from "./github-work-call.fixture.ts";

const OF_ISSUES = ["issues", "pull_requests"];

function listIssues(call: WorkCall): Answer {
  const { query } = call.operation;
  const state = query.get("state") ?? "open";
  const labels = (query.get("labels") ?? "").split(",").filter(Boolean);
  const creator = query.get("creator");
  const found = call.hosted.issues
    .all()
    .filter((issue) => state === "all" || issue.state === state)
    .filter((issue) => labels.every((label) => issue.labels.some((own) => isSame(own, label))))
    .filter(({ user }) => creator === null || isBy(user, creator));
  return listed(call, query.get("direction") === "asc" ? found : found.toReversed(), tellOfIssue);
}

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

interface IssueBody {
  readonly title?: string;
  readonly body?: string;
  readonly state?: IssueState["state"];
  readonly state_reason?: string;
  readonly labels?: readonly string[];
}

const MOST_BODY = 65_536;

const tooLong = (resource: string, body: string | undefined): Answer | undefined =>
  body !== undefined && body.length > MOST_BODY
    ? invalid(resource, "body", `body is too long (maximum is ${MOST_BODY} characters)`)
    : undefined;

function createIssue({ hosted, actor, body }: WorkCall): Answer {
  const { title = "", ...fields } = body as IssueBody;
  if (title.trim() === "") return invalid("Issue", "title", "title can't be blank");
  const refused = tooLong("Issue", fields.body);
  if (refused) return refused;
  const issue = hosted.issues.open({ title, ...fields }, actor.login);
  return { status: 201, body: tellOfIssue(hosted, issue) };
}

function updateIssue(call: WorkCall): Answer {
  const { hosted, body } = call;
  const issue = hosted.issues.find(numberIn(call));
  if (!issue) return NOT_FOUND;
  const { state, state_reason: reason, labels, ...fields } = body as IssueBody;
  const refused = tooLong("Issue", fields.body);
  if (refused) return refused;
  hosted.issues.edit(issue.number, fields);
  if (labels) {
    issue.labels = [];
    hosted.issues.label(issue.number, ...labels);
  }
  if (state) hosted.issues.change(issue.number, state, reason ?? null);
  return { status: 200, body: tellOfIssue(hosted, issue) };
}

function createComment(call: WorkCall): Answer {
  const { hosted, actor, body } = call;
  const issue = hosted.issues.find(numberIn(call));
  if (!issue) return NOT_FOUND;
  if (issue.isLocked && actor.type === "Bot")
    return refusal(403, "Unable to create comment because issue is locked.");
  const { body: text } = body as { readonly body: string };
  if (text.trim() === "") return invalid("IssueComment", "body", "Body cannot be blank");
  const refused = tooLong("IssueComment", text);
  if (refused) return refused;
  const comment = hosted.issues.comment(issue.number, text, actor.login);
  return { status: 201, body: tellOfComment(hosted, comment) };
}

function updateComment(call: WorkCall): Answer {
  const { hosted, body } = call;
  const { body: text } = body as { readonly body: string };
  const refused = tooLong("IssueComment", text);
  if (refused) return refused;
  const comment = hosted.issues.editComment(numberIn(call), text);
  return comment ? { status: 200, body: tellOfComment(hosted, comment) } : NOT_FOUND;
}

function createLabel({ hosted, body }: WorkCall): Answer {
  const { name, color } = body as { readonly name: string; readonly color?: string };
  if (!hosted.issues.addLabel(name, color)) return invalid("Label", "name", "already_exists");
  return { status: 201, body: hosted.issues.labels.get(name.toLowerCase()) };
}

export const ISSUE_WORK: Readonly<Record<string, Work>> = {
  "issues/list-for-repo": { needs: [OF_ISSUES, "read"], carryOut: listIssues },
  "issues/create": { needs: [["issues"], "write"], carryOut: createIssue },
  "issues/get": {
    needs: [OF_ISSUES, "read"],
    carryOut: (call) =>
      showOr404(call.hosted.issues.find(numberIn(call)), (issue) => tellOfIssue(call.hosted, issue)),
  },
  "issues/update": { needs: [OF_ISSUES, "write"], carryOut: updateIssue },
  "issues/list-comments": {
    needs: [OF_ISSUES, "read"],
    carryOut: (call) =>
      call.hosted.issues.find(numberIn(call))
        ? listed(call, call.hosted.issues.comments(numberIn(call)), tellOfComment)
        : NOT_FOUND,
  },
  "issues/create-comment": { needs: [OF_ISSUES, "write"], carryOut: createComment },
  "issues/get-comment": {
    needs: [OF_ISSUES, "read"],
    carryOut: (call) =>
      showOr404(call.hosted.issues.findComment(numberIn(call)), (found) => tellOfComment(call.hosted, found)),
  },
  "issues/update-comment": { needs: [OF_ISSUES, "write"], carryOut: updateComment },
  "issues/list-labels-for-repo": {
    needs: [OF_ISSUES, "read"],
    carryOut: (call) => listed(call, [...call.hosted.issues.labels.values()], (_hosted, label) => label),
  },
  "issues/create-label": { needs: [OF_ISSUES, "write"], carryOut: createLabel },
};
