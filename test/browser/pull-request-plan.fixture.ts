/** What a pull request of a small team changes, planned as in production. */

import {
  aCurrent,
  aDesiredKey,
  aLiveKey,
  aReceipt,
  aRecord,
  at,
  holding,
} from "../../src/core/a-key.fixture.ts";
import { approvalNeeds } from "../../src/core/approval/approval-needs.ts";
import type { DesiredKey, Slot } from "../../src/core/desired.ts";
import { DAY_MS, HOUR_MS } from "../../src/core/duration.ts";
import type { Facts } from "../../src/core/facts.ts";
import type { OwnedKey } from "../../src/core/live.ts";
import { buildPlan, type Plan } from "../../src/core/plan.ts";
import type { RoleRef } from "../../src/core/role-ref.ts";
import { CAPABILITIES, someFacts, someLimits } from "../../src/core/some-facts.fixture.ts";
import { commentMarker } from "../../src/report/comment-marker.ts";
import { renderPullRequestComment } from "../../src/report/render-pull-request-comment.ts";

const NOW = new Date("2026-11-21T12:00:00.000Z");
const HEAD = "3f2a9c1b7d10e4552f0c9d1a6b8e7f3041c2d5a9";

const role = (name: string): RoleRef => ({ type: "default", role: name });
const inVault = (path: string): Slot => ({ sink: "vault", path, field: "API_KEY" });

/** A key that is declared, live, recorded and in its sink, as it was before the pull request. */
function settled(name: string, roles: readonly RoleRef[], ageDays: number): Settled {
  const operation = `op-${name}`.slice(0, 12).padEnd(12, "0");
  const live = aLiveKey(
    {
      id: `ak_${ageDays}${name.length}`,
      displayName: name,
      description: "",
      labels: {},
      owner: "platform",
      roles,
      last4: "x7Qk",
      createdAt: at(-ageDays * DAY_MS),
      expiresAt: at((90 - ageDays) * DAY_MS),
    },
    { instance: "acme-prod", name, operation },
  );
  const slot = inVault(`kv/prod/${name}`);
  const desired = aDesiredKey({
    name,
    displayName: name,
    description: "",
    labels: {},
    owner: "platform",
    roles,
    deliverTo: [slot],
    origin: { file: `keys/${name}.yaml`, line: 4, column: 9 },
  });
  return { desired, live, slot };
}

interface Settled {
  readonly desired: DesiredKey;
  readonly live: OwnedKey;
  readonly slot: Slot;
}

const payments = settled("payments-api", [role("READ_ONLY")], 31);
const scanner = settled("image-scanner", [role("READ_ONLY")], 12);
const billing = settled("billing-sync", [role("USER")], 40);
const exporter = settled("legacy-export", [role("READ_ONLY")], 55);

const deployBot = aDesiredKey({
  name: "deploy-bot",
  displayName: "deploy-bot",
  description: "Deploys from CI",
  roles: [role("USER")],
  rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: 12 * HOUR_MS },
  deliverTo: [inVault("kv/prod/deploy-bot"), { sink: "github", repository: "acme/deploy", name: "API_KEY" }],
  origin: { file: "keys/deploy-bot.yaml", line: 4, column: 9 },
});

function factsOf(): Facts {
  const before = [payments, scanner, billing, exporter];
  const facts = someFacts({
    keys: [
      { ...payments.desired, roles: [role("ADMIN")] },
      { ...scanner.desired, expires: { type: "after", ms: 300 * DAY_MS } },
      { ...billing.desired, owner: "finance", description: "Nightly sync of invoices" },
      deployBot,
    ],
    live: before.map(({ live }) => live),
    records: before.map(({ live, slot }) =>
      aRecord(live, { current: aCurrent(live, { receipts: [aReceipt(slot, live)] }) }),
    ),
    slots: before.map(({ live, slot }) => [slot, holding(live)]),
    foreign: { keys: 2, roles: [] },
    capabilities: { rationing: { ...COSTS }, manages: [...CAPABILITIES.manages, "IpAllowlist"] },
    now: NOW,
  });
  const office = { address: "192.0.2.0/24", description: "Office" };
  const runners = { address: "203.0.113.64/26", description: "CI runners" };
  const origin = { file: "allowlist.yaml", line: 4, column: 9 };
  return {
    ...facts,
    desired: {
      ...facts.desired,
      instance: "acme-prod",
      allowlist: { kind: "IpAllowlist", name: "office", entries: [office, runners], origin },
    },
    live: { ...facts.live, allowlist: { kind: "IpAllowlist", entries: [office] } },
  };
}

const COSTS = { perMinute: 60, create: 2, update: 1, revoke: 1, pageSize: 100 } as const;

export function pullRequestPlan(): Plan {
  const source = { type: "git", location: "https://github.com/acme/keys", commit: HEAD } as const;
  const binding = {
    store: "cortex https://api-acme.example",
    source,
    manifestDigest: `sha256:${"a".repeat(64)}`,
    notices: [],
  };
  return buildPlan(factsOf(), binding, someLimits({ ownAddresses: ["192.0.2.10"] }));
}

export function pullRequestComment(): string {
  const plan = pullRequestPlan();
  const rules = [
    { risks: ["first-admin", "privilege-widened"], team: "acme/security" },
    { risks: ["production-revocation"], label: "key-may-end" },
  ] as const;
  return renderPullRequestComment(plan, {
    now: NOW,
    marker: commentMarker("plan", plan.instance),
    headSha: HEAD,
    baseBranch: "main",
    isProtectedBase: true,
    needs: approvalNeeds(plan.risks, rules),
    runUrl: "https://github.com/acme/keys/actions/runs/1",
    artifact: "keywright-plan",
  });
}
