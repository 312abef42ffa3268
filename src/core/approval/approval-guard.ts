/** A risky change that a rule names is not carried out unless somebody saw the rule met, or a person allowed it by name. */

import type { Limits } from "../guard.ts";
import { secretRecordName } from "../key-record.ts";
import { ALLOWLIST_WORD } from "../lockout-guard.ts";
import type { Risk, RiskClass } from "../risk/risk.ts";
import type { ApprovalNeed } from "./approval.ts";
import { approvalNeeds } from "./approval-needs.ts";
import { ruleText } from "./rule-text.ts";

export interface ApprovalRefusal {
  /** What needs what. */
  readonly message: string;
  readonly hint: string;
}

/** `approved`: classes whose rules, all of them, somebody has seen to be met. */
export function approvalRefusal(
  risks: readonly Risk[],
  { approvals = [], allowed }: Pick<Limits, "approvals" | "allowed">,
  approved: readonly RiskClass[] = [],
): ApprovalRefusal | undefined {
  const open = risks.filter((risk) => !approved.includes(risk.class) && !allowed.includes(wordFor(risk)));
  const needs = approvalNeeds(open, approvals);
  if (needs.length === 0) return undefined;
  const message = needs.map(needText).join("; ");
  const words = [...new Set(needs.flatMap((need) => need.risks.map(wordFor)))];
  const allow = `--allow ${words.slice(0, MOST).join(",")}${words.length > MOST ? ",…" : ""}`;
  return {
    message,
    hint: `bring it in by a pull request that is approved as the rules demand, or, if you answer for it, name it: ${allow}`,
  };
}

const MOST = 5;

function needText({ rule, risks }: ApprovalNeed): string {
  const shown = risks.slice(0, MOST).map((risk) => `${risk.message} (${risk.class})`);
  const rest = risks.length > MOST ? [`${risks.length - MOST} more`] : [];
  return `${[...shown, ...rest].join(", ")} ${risks.length === 1 ? "needs" : "need"} ${ruleText(rule)}`;
}

/** What a person names to `--allow`: a key by its name alone, and so nothing else that is called like a key. */
function wordFor({ kind, name }: Risk): string {
  switch (kind) {
    case "ApiKey":
      return name;
    case "Role":
      return `role/${name}`;
    case "SecurityPolicy":
      return `policy/${name}`;
    case "Secret":
      return secretRecordName(name);
    case "IpAllowlist":
      return ALLOWLIST_WORD;
  }
}
