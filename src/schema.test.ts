import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import type { Blocked } from "./core/blocked.ts";
import { AREAS, STATUSES } from "./core/check.ts";
import type { DesiredKey, DesiredSecret } from "./core/desired.ts";
import type { Violation } from "./core/guard.ts";
import type { Notice } from "./core/notice.ts";
import { DEFAULT_DRIFT_POLICY, DRIFT_CLASSES } from "./core/drift/finding.ts";
import { NOTICE_EVENTS, NOTIFICATION_TYPES } from "./core/notification.ts";
import { NOTICE_DAYS } from "./core/telling/expiring-matters.ts";
import { buildPlan, type Plan } from "./core/plan.ts";
import { RISK_CLASSES } from "./core/risk/risk.ts";
import { DEFAULT_ROLES } from "./core/role-ref.ts";
import type { Change, RevocationReason } from "./core/change.ts";
import type { KeyRequest } from "./core/request.ts";
import type { RotationCode } from "./core/rotation.ts";
import type { RunRecord } from "./core/run.ts";
import { CHECK_RESULTS } from "./core/schedule/check-schedule.ts";
import type { SlotState } from "./core/slot-reading.ts";
import type { KeyState } from "./core/status.ts";
import { readSchema, SCHEMA_FILES, type SchemaName, validatorOf } from "./schema.ts";

const NAMES = Object.keys(SCHEMA_FILES) as SchemaName[];
const NOW = new Date("2026-11-21T08:00:00Z");

const parsed = (name: SchemaName) => JSON.parse(readSchema(name));

test("every schema file has a name, and every name a file", () => {
  expect(readdirSync(new URL("../schemas", import.meta.url)).sort()).toEqual(
    Object.values(SCHEMA_FILES).sort(),
  );
});

test.each(NAMES)("the schema of %s compiles and says what it is", (name) => {
  expect(validatorOf(name)).toBeTypeOf("function");
  expect(parsed(name)).toMatchObject({ title: expect.any(String), description: expect.any(String) });
});

test.each(NAMES.filter((name) => name !== "Manifest"))(
  "every mapping in the schema of %s is closed or typed",
  (name) => {
    const open: string[] = [];
    const walk = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      const schema = node as Record<string, unknown>;
      const isBranch = path.includes("/if") || Array.isArray(schema["allOf"]);
      if (schema["type"] === "object" && schema["additionalProperties"] === undefined && !isBranch)
        open.push(path);
      for (const [key, value] of Object.entries(schema)) walk(value, `${path}/${key}`);
    };
    walk(parsed(name), "");
    expect(open).toEqual([]);
  },
);

test("examples in the schemas of what people write are valid", () => {
  const name = { apiVersion: "keywright/v1", kind: "ApiKey", metadata: { name: "a" } };
  const { expires, rotation } = parsed("ApiKey").$defs;
  const deliverTo = [{ sink: "local", path: "a" }];
  for (const example of expires.examples) {
    expect(validatorOf("ApiKey")({ ...name, spec: { roles: ["USER"], deliverTo, expires: example } })).toBe(
      true,
    );
  }
  for (const example of rotation.examples) {
    expect(validatorOf("ApiKey")({ ...name, spec: { roles: ["USER"], deliverTo, rotation: example } })).toBe(
      true,
    );
  }
});

test("the default roles of the schema are those of the core", () => {
  expect(parsed("ApiKey").$defs.role.oneOf[0].enum).toEqual([...DEFAULT_ROLES]);
});

const key: DesiredKey = {
  kind: "ApiKey",
  name: "scanner",
  previousNames: ["old-scanner"],
  owner: "platform",
  labels: { tier: "internal" },
  displayName: "Scanner",
  description: "",
  roles: [
    { type: "default", role: "READ_ONLY" },
    { type: "custom", tag: "editor" },
  ],
  expires: { type: "after", ms: 86_400_000 },
  rotation: { trigger: { type: "at", fraction: 0.66 }, overlapMs: 3_600_000, serial: 1 },
  securityLevel: "standard",
  scope: { assets: { mode: "scope", groupIds: [3] }, endpointTags: { mode: "any" } },
  protected: false,
  deliverTo: [{ sink: "local", path: "scanner" }],
  origin: { file: "keys/scanner.yaml", line: 4, column: 9 },
};

const plan = (requests: readonly KeyRequest[] = []): Plan =>
  buildPlan(
    {
      desired: {
        instance: "acme",
        keys: [key],
        roles: [
          {
            kind: "Role",
            name: "editor",
            displayName: "E",
            description: "",
            permissions: ["x"],
            origin: key.origin,
          },
        ],
        policy: {
          kind: "SecurityPolicy",
          name: "p",
          requireExpiration: true,
          maxLifetimeDays: 90,
          requireRotation: false,
          requireOwner: false,
          origin: key.origin,
        },
      },
      live: {
        keys: [
          {
            kind: "ApiKey",
            id: "ak_1",
            displayName: "Gone",
            description: "",
            labels: {},
            roles: [],
            last4: "abcd",
            createdAt: NOW.toISOString(),
            status: "active",
            securityLevel: "standard",
            marker: { instance: "acme", name: "gone", generation: 1, operation: "0123456789ab" },
          },
        ],
        adoptable: [],
        roles: [],
        foreign: { keys: 1, roles: [] },
        complete: true,
      },
      records: new Map([["gone", { name: "gone", version: 1, retiring: [], protected: false }]]),
      slots: new Map(),
      capabilities: {
        mint: { by: "client", format: { prefix: "kw", environment: "live" } },
        updatable: ["displayName", "scope"],
        securityLevels: ["standard"],
        roles: { names: DEFAULT_ROLES, custom: true },
        manages: ["Role", "SecurityPolicy"],
        concurrency: 4,
      },
      requests,
      now: NOW,
    },
    {
      store: "embedded:ks_1",
      source: { type: "git", location: "/repo", ref: "main", commit: "a".repeat(40) },
      manifestDigest: `sha256:${"0".repeat(64)}`,
      notices: [{ code: "OVERLAID", message: "m" }],
    },
    { maxRevocations: 0, maxRevocationsPercent: 10, protectedKeys: [], ownKeyIds: [], allowed: [] },
  );

test("a plan as the core builds it fits its schema", () => {
  const validate = validatorOf("Plan");
  const value = JSON.parse(JSON.stringify(plan()));
  expect(value.changes.length).toBeGreaterThan(2);
  expect(value.violations.length).toBeGreaterThan(0);
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...value, extra: 1 })).toBe(false);
});

test("a plan with secrets and an IP allowlist fits its schema, and holds no value", () => {
  const origin = key.origin;
  const secret = (name: string): DesiredSecret => ({
    kind: "Secret",
    name,
    tag: name,
    displayName: name,
    valueFrom: { sink: "local", path: name },
    origin,
  });
  const ref = { id: "secret_1", tag: "b" };
  const fields = [{ field: "value", to: "changed" }];
  const entries = [{ address: "192.0.2.0/24", description: "Office" }];
  const allowlist = { kind: "IpAllowlist", name: "offices", entries, origin } as const;
  const changes: readonly Change[] = [
    { action: "create", kind: "Secret", name: "a", desired: secret("a") },
    { action: "update", kind: "Secret", name: "b", desired: secret("b"), current: ref, fields },
    { action: "revoke", kind: "Secret", name: "c", secret: ref },
    { action: "update", kind: "IpAllowlist", name: "offices", desired: allowlist, fields },
  ];
  const blocked: readonly Blocked[] = [
    { kind: "Secret", name: "d", code: "SECRET_FOREIGN", message: "m", hint: "h", at: origin },
  ];
  const validate = validatorOf("Plan");
  const value = JSON.parse(JSON.stringify({ ...plan(), changes, blocked }));
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  value.changes[0].desired.value = "hunter2";
  expect(validate(value)).toBe(false);
});

test("a plan that answers requests fits its schema", () => {
  const validate = validatorOf("Plan");
  const reason = "seen in a chat";
  const requests: readonly KeyRequest[] = [
    { type: "rotate", name: "scanner", reason },
    { type: "revoke", name: "gone", ids: ["ak_1"], reason },
    { type: "leak", name: "gone", operation: "0123456789ab", reason },
  ];
  const value = JSON.parse(JSON.stringify(plan(requests)));
  expect(value.changes.length).toBeGreaterThan(1);
  expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...value, requests: [{ ...requests[0], secret: "x" }] })).toBe(false);
});

test("a run record fits its schema", () => {
  const run: RunRecord = {
    apiVersion: "keywright/v1",
    kind: "Run",
    id: "20261121T081500Z-7f3a9c",
    instance: "acme",
    store: "embedded:ks_1",
    planDigest: `sha256:${"0".repeat(64)}`,
    commit: "a".repeat(40),
    requests: [{ type: "rotate", name: "scanner", reason: "seen in a chat" }],
    startedAt: NOW.toISOString(),
    finishedAt: NOW.toISOString(),
    result: "partly-applied",
    counts: { applied: 0, failed: 1, "not-run": 0, unknown: 0 },
    changes: [
      {
        action: "create",
        kind: "ApiKey",
        name: "scanner",
        outcome: "failed",
        message: "m",
        durationMs: 1.5,
        error: { code: "SINK_WRITE_FAILED", message: "m", hint: "h" },
      },
    ],
    blocked: [
      { kind: "Role", name: "editor", code: "ROLE_FOREIGN", message: "m", hint: "h", at: key.origin },
    ],
  };
  const validate = validatorOf("Run");
  expect(validate(JSON.parse(JSON.stringify(run))), JSON.stringify(validate.errors)).toBe(true);
});

// A member that is missing or too many in one of these does not compile.
const ROTATION: Record<RotationCode, 0> = {
  new: 0,
  missing: 0,
  unfinished: 0,
  expired: 0,
  "roles-changed": 0,
  "expiry-changed": 0,
  "security-level-changed": 0,
  "serial-changed": 0,
  age: 0,
  "nearing-expiry": 0,
  "sink-empty": 0,
  "sink-stale": 0,
  "on-demand": 0,
  "custody-taken": 0,
  leaked: 0,
};
const REVOCATION: Record<RevocationReason, 0> = {
  removed: 0,
  superseded: 0,
  unminted: 0,
  abandoned: 0,
  duplicate: 0,
  leaked: 0,
  asked: 0,
};
const BLOCKED: Record<Blocked["code"], 0> = {
  MARKER_AMBIGUOUS: 0,
  MARKER_ALTERED: 0,
  RENAME_AMBIGUOUS: 0,
  LEDGER_BEHIND: 0,
  KEY_UNKNOWN: 0,
  NAME_UNKNOWN: 0,
  POLICY_OF_STORE: 0,
  SECURITY_LEVEL_UNSUPPORTED: 0,
  ROLE_UNSUPPORTED: 0,
  LIFETIME_OF_STORE: 0,
  SCOPE_UNSUPPORTED: 0,
  ROLE_FOREIGN: 0,
  ROLE_BLOCKED: 0,
  PROTECTED: 0,
  SLOT_IN_USE: 0,
  SLOT_OCCUPIED: 0,
  SLOT_MISSING: 0,
  POLICY_BROKEN: 0,
  ADOPTION_TAKEN: 0,
  ADOPTION_FOREIGN: 0,
  ADOPTION_MISSING: 0,
  CUSTODY_ELSEWHERE: 0,
  ROLE_MISSING: 0,
  SECRET_FOREIGN: 0,
  SECRET_TAG_FIXED: 0,
  SECRET_TAG_TAKEN: 0,
  SECRET_SOURCE_EMPTY: 0,
  SECRET_SOURCE_UNREADABLE: 0,
};
const NOTICE: Record<Notice["code"], 0> = {
  FOREIGN_KEYS: 0,
  NOT_COMPLIANT: 0,
  NOT_MANAGEABLE: 0,
  ROLE_IN_USE: 0,
  END_DATE_PASSED: 0,
  SINK_UNREADABLE: 0,
  OVERLAID: 0,
  LEAKED_KEY_VALID: 0,
  ACCESS_ENDS: 0,
  SCOPE_WIDENED: 0,
  SCOPE_UNKNOWN: 0,
  HELD_ELSEWHERE: 0,
  CUSTODY_TAKEN: 0,
  SCHEDULER_SILENT: 0,
};
const GUARD: Record<Violation["guard"], 0> = {
  "empty-desired-set": 0,
  "incomplete-read": 0,
  "revocation-count": 0,
  "revocation-percent": 0,
  "own-key": 0,
  "protected-key": 0,
  "last-valid-key": 0,
  lockout: 0,
  "allowlist-off": 0,
};

test("the choices in the plan's schema are those of the core", () => {
  const { $defs, properties } = parsed("Plan");
  expect($defs.reason.properties.code.enum).toEqual(Object.keys(ROTATION));
  expect($defs.blocked.properties.code.enum).toEqual(Object.keys(BLOCKED));
  expect(properties.notices.items.properties.code.enum).toEqual(Object.keys(NOTICE));
  expect(properties.violations.items.properties.guard.enum).toEqual(Object.keys(GUARD));
  expect($defs.riskClass.enum).toEqual(RISK_CLASSES);
  expect($defs.risk.properties.kind.enum).toEqual(Object.keys(KIND));
  const revoke = $defs.change.oneOf.find((each: { title: string }) => each.title === "revoke ApiKey");
  expect(revoke.properties.reason.enum).toEqual(Object.keys(REVOCATION));
});

// What is missing or too many does not compile.
const KEY_STATE: Record<KeyState, 0> = {
  blocked: 0,
  active: 0,
  adopted: 0,
  unadopted: 0,
  overlapping: 0,
  expired: 0,
  missing: 0,
  unfinished: 0,
  undeclared: 0,
};
const SLOT_STATE: Record<SlotState, 0> = { good: 0, empty: 0, stale: 0, unknown: 0 };

test("the choices in the schema of a status are those of the core", () => {
  const { check, key, sink } = parsed("Status").$defs;
  expect(check.properties.result.enum).toEqual(CHECK_RESULTS);
  expect(key.properties.state.enum).toEqual(Object.keys(KEY_STATE));
  expect(sink.properties.state.enum).toEqual(Object.keys(SLOT_STATE));
});

test("the areas and statuses in the schema of a diagnosis are those of the core", () => {
  const { check } = parsed("Diagnosis").$defs;
  expect(check.properties.area.enum).toEqual([...AREAS]);
  expect(check.properties.status.enum).toEqual([...STATUSES]);
  expect(parsed("Diagnosis").properties.counts.required).toEqual([...STATUSES]);
});

// A kind that is missing or too many does not compile.
const KIND: Record<Change["kind"], 0> = { ApiKey: 0, Role: 0, SecurityPolicy: 0, Secret: 0, IpAllowlist: 0 };
const ACTION: Record<Change["action"], 0> = { create: 0, adopt: 0, update: 0, rotate: 0, revoke: 0 };

const fieldOf = (name: string): string =>
  `on-${name}`.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

test("the choices in the schema of a drift report are those of the core, and every class can be configured", () => {
  const { $defs, properties } = parsed("Drift");
  expect($defs.finding.properties.class.enum).toEqual(DRIFT_CLASSES);
  expect($defs.finding.properties.kind.enum).toEqual([...Object.keys(KIND), "Manifests", "Schedule"]);
  expect(properties.due.items.properties.kind.enum).toEqual(Object.keys(KIND));
  expect(properties.due.items.properties.action.enum).toEqual(Object.keys(ACTION));
  const { drift } = parsed("Config").properties;
  const configured = Object.entries(drift.properties).filter(([field]) => field.startsWith("on"));
  const defaults = Object.entries(DEFAULT_DRIFT_POLICY).map(([name, response]) => [fieldOf(name), response]);
  const stated = configured.map(([name, schema]) => [name, (schema as { default: string }).default]);
  expect(Object.fromEntries(stated)).toEqual(Object.fromEntries(defaults));
});

test("what people are told, and can ask to be told, is in the schemas what it is in the core", () => {
  const { properties, $defs } = parsed("Notification");
  expect(properties.type.enum).toEqual(Object.keys(NOTIFICATION_TYPES));
  expect($defs.item.properties.daysBefore.enum).toEqual(NOTICE_DAYS.toReversed());
  expect(parsed("Config").$defs.noticeEvents.items.enum).toEqual([...NOTICE_EVENTS]);
});
