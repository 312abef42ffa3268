/** What a schema cannot say about `approvals` and `github`. */

import type { ApprovalRule } from "../core/approval/approval.ts";
import type { IssueText } from "../manifests/issue-at.ts";
import type { NodePath } from "../manifests/source-node.ts";
import type { ConfigFile } from "./config-file.ts";
import { urlFault } from "./url-fault.ts";

interface Fault extends IssueText {
  readonly path: NodePath;
}

export const checkApprovals = ({ approvals = [], github }: ConfigFile): readonly Fault[] => [
  ...approvals.flatMap(checkRule),
  ...(github ? checkGitHub(github) : []),
];

/** A rule that nobody has to do anything for reads as if it guarded something. */
function checkRule({ label, team, reviews, environment }: ApprovalRule, index: number): readonly Fault[] {
  if ([label, team, reviews, environment].some((each) => each !== undefined)) return [];
  const message = "this rule demands nothing";
  const hint = "name a label, a team, a number of reviews or an environment, or leave the rule out";
  return [{ code: "CONFIG_APPROVAL", path: ["approvals", index], message, hint }];
}

/** Security check G6. */
function checkGitHub({ url, credential, app }: NonNullable<ConfigFile["github"]>): readonly Fault[] {
  const fault = url === undefined ? undefined : urlFault(url);
  const both = "github has both a credential and an app";
  return [
    ...(fault ? [{ code: "CONFIG_URL", path: ["github", "url"], ...fault }] : []),
    ...(credential && app
      ? [{ code: "CONFIG_GITHUB", path: ["github", "app"], message: both, hint: "leave one of them out" }]
      : []),
  ];
}
