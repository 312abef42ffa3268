/** Small builders of plans, keys, runs and standings, for the tests of this folder. */

import * as fc from "fast-check";
import type { Blocked } from "../core/blocked.ts";
import type { Change, CreateKey, KeyRef, RevokeKey, RotateKey, UpdateKey } from "../core/change.ts";
import type { DesiredKey } from "../core/desired.ts";
import { DAY_MS, HOUR_MS } from "../core/duration.ts";
import type { Plan } from "../core/plan.ts";
import type { ChangeOutcome, Outcome, RunRecord } from "../core/run.ts";

export const NOW = new Date("2026-11-21T08:00:00.000Z");

export const aKey = (over: Partial<DesiredKey> = {}): DesiredKey => ({
  kind: "ApiKey",
  name: "scanner",
  previousNames: [],
  labels: {},
  displayName: "scanner",
  description: "",
  roles: [{ type: "default", role: "READ_ONLY" }],
  expires: { type: "after", ms: 90 * DAY_MS },
  rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: 24 * HOUR_MS },
  securityLevel: "standard",
  protected: false,
  deliverTo: [{ sink: "local", path: "ci/scanner" }],
  origin: { file: "keys/scanner.yaml", line: 3, column: 1 },
  ...over,
});

export const aRef = (over: Partial<KeyRef> = {}): KeyRef => ({
  id: "k_123",
  last4: "abcd",
  status: "active",
  createdAt: "2026-11-01T08:00:00.000Z",
  expiresAt: "2027-01-30T08:00:00.000Z",
  generation: 1,
  operation: "0123456789ab",
  ...over,
});

export const aCreate = (over: Partial<CreateKey> = {}): CreateKey => ({
  action: "create",
  kind: "ApiKey",
  name: over.desired?.name ?? "scanner",
  desired: aKey(),
  reasons: [{ code: "new", message: "declared and not in the store" }],
  ...over,
});

export const aRotation = (over: Partial<RotateKey> = {}): RotateKey => ({
  action: "rotate",
  kind: "ApiKey",
  name: over.desired?.name ?? "scanner",
  desired: aKey(),
  current: aRef(),
  reasons: [{ code: "roles-changed", message: "roles change from USER to READ_ONLY" }],
  fields: [{ field: "roles", from: "USER", to: "READ_ONLY" }],
  ...over,
});

export const anUpdate = (over: Partial<UpdateKey> = {}): UpdateKey => ({
  action: "update",
  kind: "ApiKey",
  name: over.desired?.name ?? "scanner",
  desired: aKey(),
  current: aRef(),
  fields: [{ field: "description", from: "old", to: "new" }],
  copyTo: [],
  removeFrom: [],
  ...over,
});

export const aRevocation = (over: Partial<RevokeKey> = {}): RevokeKey => ({
  action: "revoke",
  kind: "ApiKey",
  name: "retired",
  key: aRef(),
  reason: "removed",
  protected: false,
  ...over,
});

export const aBlocked = (over: Partial<Blocked> = {}): Blocked => ({
  kind: "ApiKey",
  name: "copied",
  code: "MARKER_AMBIGUOUS",
  message: "two live keys carry one marker: k_1 and k_2",
  hint: "remove the marker from one",
  at: { file: "keys/copied.yaml", line: 7, column: 3 },
  ...over,
});

export function aPlan(over: Partial<Plan> = {}): Plan {
  const { changes = [], blocked = [] } = over;
  const of = (action: Change["action"]): number => changes.filter((each) => each.action === action).length;
  return {
    apiVersion: "keywright/v1",
    kind: "Plan",
    instance: "acme-prod",
    store: "embedded .keywright/store",
    createdAt: NOW.toISOString(),
    source: { type: "git", location: "/srv/keys.git", ref: "main", commit: "3f2a9c1b7d10".padEnd(40, "0") },
    manifestDigest: `sha256:${"a".repeat(64)}`,
    liveDigest: `sha256:${"b".repeat(64)}`,
    requests: [],
    changes,
    blocked,
    violations: [],
    risks: [],
    notices: [],
    counts: {
      create: of("create"),
      adopt: of("adopt"),
      update: of("update"),
      rotate: of("rotate"),
      revoke: of("revoke"),
      blocked: blocked.length,
      unchangedKeys: 0,
    },
    digest: `sha256:${"c".repeat(64)}`,
    ...over,
  };
}

export const anOutcome = (over: Partial<ChangeOutcome> = {}): ChangeOutcome => ({
  action: "create",
  kind: "ApiKey",
  name: "scanner",
  outcome: "applied",
  message: "made k_9 (…wxyz)",
  durationMs: 1234,
  ...over,
});

export function aRun(over: Partial<RunRecord> = {}): RunRecord {
  const { changes = [] } = over;
  const of = (outcome: Outcome): number => changes.filter((each) => each.outcome === outcome).length;
  return {
    apiVersion: "keywright/v1",
    kind: "Run",
    id: "20261121T080000Z-7f3a9c",
    instance: "acme-prod",
    store: "embedded .keywright/store",
    planDigest: `sha256:${"c".repeat(64)}`,
    commit: "3f2a9c1b7d10".padEnd(40, "0"),
    startedAt: NOW.toISOString(),
    finishedAt: new Date(NOW.getTime() + 3200).toISOString(),
    result: "applied",
    counts: {
      applied: of("applied"),
      failed: of("failed"),
      "not-run": of("not-run"),
      unknown: of("unknown"),
    },
    changes,
    blocked: [],
    ...over,
  };
}

/** Texts that try to be something else: markup, mentions, terminal sequences, hidden characters. */
export const hostileText = (): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom(...HOSTILE),
        fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point)),
        fc.integer({ min: 0, max: 0xff }).map((point) => String.fromCodePoint(point)),
        fc.constantFrom(...Array.from("`|\\<>&@#[]()!*_~:/-+=$\n\r\t ")).map((mark) => mark.repeat(3)),
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join(""));

/** Without the empty one, of which no paragraph is left. */
export const hostileLine = (): fc.Arbitrary<string> => hostileText().filter((text) => text !== "");

const HOSTILE = [
  "\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007",
  "\u001b]52;c;ZXZpbA==\u0007",
  "\u009b2J",
  "\u202egnp.exe",
  "\u2066hidden\u2069",
  "\u{e0041}\u200b\ufeff\u2028\u2029\u0085",
  "\ud800",
  "@acme/admins @octocat",
  "fixes #1 acme/keys#2 GH-3",
  "0123456789abcdef0123456789abcdef01234567 acme/keys@abcdef1 :shipit: CVE-2026-1",
  "https://evil.example www.evil.example x@evil.example",
  "<img src=x onerror=alert(1)>",
  "</details></summary><script>",
  "<!--",
  "<!-- keywright:plan acme-prod -->",
  "[a](javascript:alert(1)) ![i](//evil.example)",
  "\n\n# Heading\n- [x] done\n```\n",
  "`` ``` ```` ~~~~",
  "\\|a|b\\\\|c|",
  "\n::error::x\n::add-mask::y",
  "&lt;b&gt;&#64;",
  "__proto__",
];
