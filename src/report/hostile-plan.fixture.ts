/** A plan, a run and faults with one text at every place that text from outside can reach. */

import type { ApprovalNeed } from "../core/approval/approval.ts";
import type { Issue } from "../core/issue.ts";
import type { Plan } from "../core/plan.ts";
import type { Risk } from "../core/risk/risk.ts";
import type { RunRecord } from "../core/run.ts";
import {
  aBlocked,
  aCreate,
  aKey,
  anOutcome,
  anUpdate,
  aPlan,
  aRef,
  aRevocation,
  aRotation,
  aRun,
} from "./plan.fixture.ts";

export function hostilePlan(hostile: string): Plan {
  const origin = { file: hostile, line: 1, column: 1 };
  const desired = aKey({
    name: hostile,
    roles: [{ type: "custom", tag: hostile }],
    deliverTo: [{ sink: hostile, path: hostile }],
    origin,
  });
  const fields = [
    { field: hostile, from: hostile, to: hostile },
    { field: "description", from: "a", to: hostile },
  ];
  return aPlan({
    instance: hostile,
    store: hostile,
    source: { type: "git", location: hostile, ref: hostile, commit: hostile },
    requests: [{ type: "revoke", name: hostile, ids: [hostile], reason: hostile }],
    changes: [
      aCreate({ desired, reasons: [{ code: "new", message: hostile }] }),
      aRotation({ desired, fields, reasons: [{ code: "age", message: hostile }] }),
      anUpdate({ desired, fields, renamedFrom: hostile }),
      aRevocation({ name: hostile, key: aRef({ id: hostile, last4: hostile }) }),
      {
        action: "update",
        kind: "IpAllowlist",
        name: hostile,
        desired: { kind: "IpAllowlist", name: hostile, entries: [], origin },
        fields: [{ field: hostile, to: hostile }],
      },
    ],
    risks: [hostileRisk(hostile)],
    blocked: [aBlocked({ name: hostile, message: hostile, hint: hostile, at: origin })],
    notices: [{ code: "NOT_COMPLIANT", message: hostile }],
    violations: [{ guard: "own-key", message: hostile, hint: hostile, names: [hostile] }],
    digest: hostile,
  });
}

const hostileRisk = (hostile: string): Risk => ({
  class: "first-admin",
  kind: "ApiKey",
  name: hostile,
  message: hostile,
});

export const hostileNeeds = (hostile: string): readonly ApprovalNeed[] => [
  {
    rule: { risks: ["first-admin"], label: hostile, team: hostile, environment: hostile },
    risks: [hostileRisk(hostile)],
  },
];

export const hostileRun = (hostile: string): RunRecord =>
  aRun({
    id: hostile,
    instance: hostile,
    planDigest: hostile,
    result: "partly-applied",
    changes: [
      anOutcome({
        name: hostile,
        outcome: "failed",
        message: hostile,
        error: { code: "BUG", message: hostile, hint: hostile },
        deliveredTo: [hostile],
      }),
    ],
    blocked: [aBlocked({ name: hostile, message: hostile, hint: hostile })],
  });

export const hostileIssues = (hostile: string): readonly Issue[] => [
  {
    code: hostile,
    severity: "error",
    message: hostile,
    hint: hostile,
    at: { file: hostile, line: 1, column: 1 },
  },
];
