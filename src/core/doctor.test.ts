import { expect, test } from "vitest";
import { at, NOW } from "./a-key.fixture.ts";
import type { Blocked } from "./blocked.ts";
import type { Check, Fault, Finding } from "./check.ts";
import { type Diagnosis, diagnose } from "./doctor.ts";
import type {
  ConfigFacts,
  DoctorFacts,
  LedgerFindings,
  ManifestFacts,
  PlanFacts,
  ProjectFacts,
} from "./doctor-facts.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./duration.ts";
import type { RunRecord } from "./run.ts";
import type { CheckResult, LastCheck } from "./schedule/check-schedule.ts";
import type { StoreCaller, StoreExamination } from "./store-examination.ts";

const found = <T>(value: T, tookMs = 200): Finding<T> => ({ found: value, tookMs });
const faulty = (code: string, over: Partial<Fault> = {}): Finding<never> => ({
  fault: { code, message: "it went wrong", ...over },
  tookMs: 100,
});

const CONFIG: ConfigFacts = {
  instance: "acme",
  store: "cortex",
  ledger: "file",
  sinks: 1,
  credentials: [{ user: "the store", place: "the environment variable A" }],
};
const MANIFESTS: ManifestFacts = {
  declared: [
    ["key", 2],
    ["role", 0],
    ["security policy", 1],
  ],
  isValid: true,
  issues: [],
};
const CALLER: StoreCaller = {
  id: "ak1",
  source: "told",
  roles: [{ type: "default", role: "USER" }],
  expiresAt: at(90 * DAY_MS),
};
const EXAMINATION: StoreExamination = {
  caller: CALLER,
  missing: [],
  surplus: [],
  enough: "a small role",
  unknown: [],
  clock: { aheadMs: 200, withinMs: 600 },
  limits: ["1000 requests a minute"],
};
const RUN: RunRecord = {
  apiVersion: "keywright/v1",
  kind: "Run",
  id: "run-1",
  instance: "acme",
  store: "s",
  planDigest: "sha256:0",
  startedAt: at(-5 * HOUR_MS),
  finishedAt: at(-5 * HOUR_MS),
  result: "applied",
  counts: { applied: 1, failed: 0, unknown: 0, "not-run": 0 },
  changes: [],
  blocked: [],
};
const SUMMARY = { lines: 9, runs: 1, keys: 2, openIntents: [] };
const aCheck = (result: CheckResult, findings = 0): LastCheck => ({
  at: at(-2 * HOUR_MS),
  by: "ci",
  result,
  findings,
});
const LEDGER: LedgerFindings = {
  summary: found(SUMMARY),
  holder: found(undefined),
  lastRun: found(RUN),
  lastCheck: found(undefined),
};
const PROJECT: ProjectFacts = {
  manifests: found(MANIFESTS),
  store: found({ identity: "https://keys.example" }),
  listing: found({ keys: 7, ours: 2 }),
  examination: found(EXAMINATION),
  sinks: new Map([["local", found({ readable: true, inspectable: false, slots: 2, faults: [] })]]),
  ledger: found(LEDGER),
  plan: found({ changes: [], blocked: [], violations: [] }),
};

interface Parts {
  readonly config?: Partial<ConfigFacts>;
  readonly project?: Partial<ProjectFacts>;
  readonly manifests?: Partial<ManifestFacts>;
  readonly examination?: Partial<StoreExamination>;
  readonly ledger?: Partial<LedgerFindings>;
  readonly node?: DoctorFacts["node"];
}

const diagnosisOf = ({ config, project, manifests, examination, ledger, node }: Parts = {}): Diagnosis =>
  diagnose({
    now: NOW,
    node: node ?? { version: "v22.1.0", least: "20.19" },
    config: found({ ...CONFIG, ...config }),
    project: {
      ...PROJECT,
      ...(manifests && { manifests: found({ ...MANIFESTS, ...manifests }) }),
      ...(examination && { examination: found({ ...EXAMINATION, ...examination }) }),
      ...(ledger && { ledger: found({ ...LEDGER, ...ledger }) }),
      ...project,
    },
  });

/** One check as `status: message (hint)`; undefined when there is none. */
function told({ checks }: Diagnosis, id: string): string | undefined {
  const check = checks.find(({ area, name }: Check) => `${area}/${name}` === id);
  return check && `${check.status}: ${check.message}${check.hint === undefined ? "" : ` (${check.hint})`}`;
}

test("where all is well, every area says so, in the order of the areas", () => {
  const { checks, ...rest } = diagnosisOf();
  expect(rest).toEqual({
    apiVersion: "keywright/v1",
    kind: "Diagnosis",
    instance: "acme",
    at: NOW.toISOString(),
    result: "ok",
    counts: { ok: 18, warning: 0, failed: 0, skipped: 0 },
  });
  expect(checks.map(({ area, name }) => `${area}/${name}`)).toEqual([
    "config/configuration",
    "config/node",
    "manifests/valid",
    "store/reached",
    "store/listing",
    "store/limits",
    "credential/accepted",
    "credential/expiry",
    "credential/permissions",
    "credential/least-privilege",
    "credential/own-key",
    "clock/skew",
    "sink/local",
    "ledger/chain",
    "ledger/lease",
    "ledger/last-run",
    "plan/changes",
    "schedule/drift",
  ]);
});

test("without a configuration there is nothing else to look at, and the diagnosis says why", () => {
  const fault = { code: "CONFIG_MISSING", message: "there is no keywright.yaml", hint: "make one" };
  const diagnosis = diagnose({
    now: NOW,
    node: { version: "v20.19.0", least: "20.19" },
    config: { fault, tookMs: 1 },
  });
  expect(diagnosis.instance).toBeUndefined();
  expect(diagnosis).toMatchObject({ result: "failed", counts: { ok: 1, failed: 1 } });
  expect(told(diagnosis, "config/configuration")).toBe(
    "failed: CONFIG_MISSING: there is no keywright.yaml (make one)",
  );
});

test("what is worst decides the result", () => {
  expect(diagnosisOf({ examination: { surplus: ["role ADMIN"] } }).result).toBe("warning");
  expect(diagnosisOf({ examination: { surplus: ["role ADMIN"], missing: ["x"] } }).result).toBe("failed");
});

test("sinks are told by name, whatever the order in which they were looked at", () => {
  const sink = found({ readable: true, inspectable: false, slots: 0, faults: [] });
  const namesOf = (names: readonly string[]): readonly string[] =>
    diagnosisOf({ project: { sinks: new Map(names.map((name) => [name, sink])) } })
      .checks.filter(({ area }) => area === "sink")
      .map(({ name }) => name);
  expect(namesOf(["b", "a", "c"])).toEqual(["a", "b", "c"]);
  expect(namesOf(["c", "b", "a"])).toEqual(["a", "b", "c"]);
});

const issue = (code: string, severity: "error" | "warning") => ({ code, severity, message: `${code} at a` });
const unreached = (fault: Finding<never>): Parts => ({ project: { listing: fault, examination: fault } });
const unopened = (code: string): Parts => ({
  project: { store: faulty(code), listing: undefined, examination: undefined } as never,
});
const withSink = (over: object): Parts => ({
  project: {
    sinks: new Map([["local", found({ readable: true, inspectable: false, faults: [], ...over })]]),
  },
});
const withCaller = (over: Partial<StoreCaller>): Parts => ({
  examination: { caller: { ...CALLER, ...over } },
});
const NOBODY: Parts = { examination: { caller: undefined } as never };
const SLOTS = Array.from(
  { length: 12 },
  (_, n) => [`local: path=${n}`, { code: "C", message: "m" }] as const,
);
const DRIFT = { schedule: "17 6 * * *", timeZone: "UTC", longestSilenceMs: DAY_MS };
const INTENT = {
  type: "intent",
  run: "r",
  at: at(0),
  effect: "create-key",
  kind: "ApiKey",
  name: "scanner",
} as const;
const MAKE_ANOTHER = "(make another key with the same roles, put it in its place, then revoke ak1)";
const NTP = "(set the clock by NTP: expiries and rotations are reckoned by it";

const TABLE: readonly (readonly [what: string, parts: Parts, check: string, told: string | undefined])[] = [
  [
    "the configuration in one line",
    {},
    "config/configuration",
    "ok: instance acme, store cortex, ledger file, 1 sink",
  ],
  [
    "a Node of a later major",
    { node: { version: "v24.0.0", least: "20.19" } },
    "config/node",
    "ok: Node v24.0.0",
  ],
  [
    "a Node that is too old",
    { node: { version: "v20.18.3", least: "20.19" } },
    "config/node",
    "failed: Node v20.18.3 is older than 20.19 (install Node 20.19 or later)",
  ],
  [
    "a version that is none",
    { node: { version: "v", least: "20.19" } },
    "config/node",
    "failed: Node v is older than 20.19 (install Node 20.19 or later)",
  ],
  ["no lower bound at all", { node: { version: "v1", least: "" } }, "config/node", "ok: Node v1"],
  ["no proxy", {}, "config/proxy", undefined],
  ["a proxy", { config: { proxy: "p:3128" } }, "config/proxy", "ok: requests to the store go through p:3128"],
  [
    "a channel",
    { config: { channels: [{ name: "ops" }] } },
    "config/notify ops",
    "ok: what it is spoken to with is there",
  ],
  [
    "a channel without its credential",
    {
      config: {
        channels: [
          { name: "ops", fault: { code: "NOTICE_UNSENT", message: "A is not there", hint: "set it" } },
        ],
      },
    },
    "config/notify ops",
    "warning: people are not told by it: A is not there (set it)",
  ],
  [
    "a channel whose credential is none",
    { config: { channels: [{ name: "ops", fault: { code: "NOTICE_UNSENT", message: "A is no URL" } }] } },
    "config/notify ops",
    "warning: people are not told by it: A is no URL (look at `notify`)",
  ],
  ["valid manifests", {}, "manifests/valid", "ok: 2 keys, 1 security policy"],
  ["no manifests", { manifests: { declared: [] } }, "manifests/valid", "ok: nothing is declared"],
  [
    "manifests that cannot be read",
    { project: { manifests: faulty("SOURCE_UNREADABLE") } },
    "manifests/valid",
    "failed: SOURCE_UNREADABLE: it went wrong",
  ],
  [
    "warnings about manifests",
    { manifests: { issues: [issue("A", "warning")] } },
    "manifests/valid",
    "warning: 2 keys, 1 security policy; 0 errors, 1 warning (`keywright validate` shows each at its line)",
  ],
  [
    "manifests with errors",
    { manifests: { isValid: false, issues: [issue("A", "error"), issue("B", "warning")] } },
    "manifests/valid",
    "failed: 1 error, 1 warning (`keywright validate` shows each at its line)",
  ],
  ["a store that answers", {}, "store/reached", "ok: https://keys.example answered in 0.2 s"],
  [
    "a store that cannot be opened",
    unopened("STORE_UNREACHABLE"),
    "store/reached",
    "failed: STORE_UNREACHABLE: it went wrong",
  ],
  [
    "a store that opens and does not answer",
    unreached(faulty("STORE_UNREACHABLE")),
    "store/reached",
    "failed: STORE_UNREACHABLE: it went wrong",
  ],
  [
    "a store that refuses the credential at once",
    unopened("STORE_UNAUTHORIZED"),
    "store/reached",
    "ok: it answered in 0.1 s",
  ],
  [
    "a credential that is not there",
    unopened("CREDENTIAL_MISSING"),
    "store/reached",
    "skipped: there is no credential to ask it with",
  ],
  [
    "a store that nobody examined",
    { project: { examination: undefined } as never },
    "store/reached",
    "ok: https://keys.example answered in 0.2 s",
  ],
  ["a listing", {}, "store/listing", "ok: 7 keys, 2 of this instance, in 0.2 s"],
  [
    "a listing that may miss some",
    { project: { listing: faulty("STORE_INCOMPLETE") } },
    "store/listing",
    "failed: STORE_INCOMPLETE: it went wrong",
  ],
  [
    "a listing that is forbidden",
    { project: { listing: faulty("STORE_FORBIDDEN") } },
    "store/listing",
    "skipped: the credential may not list keys",
  ],
  [
    "a listing for which nobody is let in",
    { project: { listing: faulty("STORE_UNAUTHORIZED") } },
    "store/listing",
    "skipped: the store does not accept the credential",
  ],
  ["no listing", unopened("STORE_UNREACHABLE"), "store/listing", "skipped: the store could not be opened"],
  ["limits", {}, "store/limits", "ok: 1000 requests a minute"],
  ["no limits", { examination: { limits: [] } }, "store/limits", "ok: none that it tells"],
  [
    "the longest life of a key",
    { project: { store: found({ identity: "s", maxLifetimeDays: 180 }) } },
    "store/limits",
    "ok: 1000 requests a minute; keys live for at most 180 days",
  ],
  ["limits of a store that is not there", unopened("STORE_UNREACHABLE"), "store/limits", undefined],
  [
    "limits of a store that does not answer",
    unreached(faulty("STORE_UNREACHABLE")),
    "store/limits",
    undefined,
  ],
  ["whose credential it is", {}, "credential/accepted", "ok: it is the key ak1, with the roles USER"],
  [
    "whose it seems to be",
    withCaller({ source: "named", roles: [] }),
    "credential/accepted",
    "ok: it seems to be the key ak1, with the roles none",
  ],
  [
    "a key that nobody knows",
    NOBODY,
    "credential/accepted",
    "ok: the store lets it in, and does not tell which key it is",
  ],
  [
    "a credential that is refused",
    unopened("STORE_UNAUTHORIZED"),
    "credential/accepted",
    "failed: STORE_UNAUTHORIZED: it went wrong",
  ],
  [
    "one that is refused later",
    unreached(faulty("STORE_FORBIDDEN")),
    "credential/accepted",
    "failed: STORE_FORBIDDEN: it went wrong",
  ],
  [
    "one that nobody could ask about",
    unopened("STORE_UNREACHABLE"),
    "credential/accepted",
    "skipped: the store was not reached",
  ],
  [
    "one that nobody asked about",
    { project: { examination: undefined } as never },
    "credential/accepted",
    "skipped: the store was not reached",
  ],
  ["an expiry that is far", {}, "credential/expiry", `ok: it expires at ${at(90 * DAY_MS)}, in 90 days`],
  [
    "an expiry that is near",
    withCaller({ expiresAt: at(10 * DAY_MS) }),
    "credential/expiry",
    `warning: it expires at ${at(10 * DAY_MS)}, in 10 days ${MAKE_ANOTHER}`,
  ],
  [
    "an expiry that has passed",
    withCaller({ expiresAt: NOW.toISOString() }),
    "credential/expiry",
    `failed: it expired at ${NOW.toISOString()} ${MAKE_ANOTHER}`,
  ],
  [
    "an expiry of a key that the credential is not",
    withCaller({ source: "doubtful", expiresAt: NOW.toISOString() }),
    "credential/expiry",
    "skipped: the store does not tell when it expires",
  ],
  [
    "a credential that is not the key that is named",
    withCaller({ source: "doubtful" }),
    "credential/accepted",
    "ok: the store lets it in, and does not tell which key it is",
  ],
  ["a key without an end", withCaller({ expiresAt: null }), "credential/expiry", "ok: it never expires"],
  [
    "an expiry that is not told",
    NOBODY,
    "credential/expiry",
    "skipped: the store does not tell when it expires",
  ],
  ["enough rights", {}, "credential/permissions", "ok: enough for all that the manifests ask for"],
  [
    "too few",
    { examination: { missing: ["Edit API keys", "role USER"] } },
    "credential/permissions",
    "failed: missing: Edit API keys, role USER (enough would be: a small role)",
  ],
  [
    "too few to read, with manifests that are not valid",
    { manifests: { isValid: false }, examination: { missing: ["A"] } },
    "credential/permissions",
    "failed: missing: A",
  ],
  [
    "rights for manifests that are not valid",
    { manifests: { isValid: false } },
    "credential/permissions",
    "skipped: what the manifests ask for is not known while they are not valid",
  ],
  [
    "rights for manifests that cannot be read",
    { project: { manifests: faulty("SOURCE_UNREADABLE") } },
    "credential/least-privilege",
    "skipped: what the manifests ask for is not known while they are not valid",
  ],
  [
    "rights that are not told",
    { examination: { unknown: ["a", "b"] } },
    "credential/permissions",
    "skipped: the store does not tell a; b",
  ],
  ["no more than enough", {}, "credential/least-privilege", "ok: nothing beyond what the manifests ask for"],
  [
    "more than enough",
    { examination: { surplus: ["role ADMIN"] } },
    "credential/least-privilege",
    "warning: more than the manifests ask for: role ADMIN (enough would be: a small role)",
  ],
  [
    "more than enough, as far as is told",
    { examination: { unknown: ["a"] } },
    "credential/least-privilege",
    "skipped: the store does not tell that either",
  ],
  [
    "more than enough, as far as is told, where some is missing",
    { examination: { unknown: ["a"], missing: ["x"] } },
    "credential/least-privilege",
    "skipped: the store does not tell a",
  ],
  [
    "too much of one and too little of another",
    { examination: { surplus: ["role ADMIN"], missing: ["x"] } },
    "credential/least-privilege",
    "warning: more than the manifests ask for: role ADMIN (what would be enough stands under permissions)",
  ],
  [
    "a store of one's own",
    { examination: { surplus: undefined } as never },
    "credential/least-privilege",
    "ok: whoever opens this store can do everything with it",
  ],
  ["an own key that the store tells", {}, "credential/own-key", "ok: ak1 is never revoked"],
  [
    "an own key that is named",
    withCaller({ source: "named" }),
    "credential/own-key",
    "ok: ak1 is never revoked: guards.ownKey names it",
  ],
  [
    "an own key that is named and ends otherwise",
    withCaller({ source: "doubtful" }),
    "credential/own-key",
    "warning: guards.ownKey names ak1, whose secret ends otherwise than the credential (look in the store which key the credential is, and name that one)",
  ],
  [
    "an own key that could be guessed",
    withCaller({ source: "likely" }),
    "credential/own-key",
    "warning: the store does not tell which key the credential is, so nothing keeps that key from being revoked (write into the configuration: guards: { ownKey: { id: ak1 } })",
  ],
  [
    "an own key that nobody knows",
    NOBODY,
    "credential/own-key",
    "warning: the store does not tell which key the credential is, so nothing keeps that key from being revoked (write into the configuration: guards: { ownKey: { id: the id of the credential's key } })",
  ],
  [
    "an own key that is named and not there",
    { ...NOBODY, config: { ownKeyId: "ak7" } },
    "credential/own-key",
    "failed: guards.ownKey names ak7, and the store has no such key (look in the store which key the credential is, and name that one)",
  ],
  [
    "an own key that may not be looked for",
    { examination: { caller: undefined, missing: ["A"] } as never },
    "credential/own-key",
    "skipped: the credential may not look for its own key",
  ],
  ["one credential", {}, "credential/shared", undefined],
  [
    "two credentials",
    { config: { credentials: [...CONFIG.credentials, { user: "sink app", place: "the file /b" }] } },
    "credential/shared",
    "ok: each has its own",
  ],
  [
    "one credential for two",
    {
      config: {
        credentials: [...CONFIG.credentials, { ...CONFIG.credentials[0], user: "sink app" } as never],
      },
    },
    "credential/shared",
    "warning: the store and sink app use the environment variable A (give each its own, with the rights that it needs)",
  ],
  ["clocks that agree", {}, "clock/skew", "ok: no difference to the store's, as far as an answer tells"],
  [
    "a few seconds",
    { examination: { clock: { aheadMs: -12_000, withinMs: 1_000 } } },
    "clock/skew",
    "ok: 11.0 s behind the store's, as far as an answer tells",
  ],
  [
    "a minute ahead",
    { examination: { clock: { aheadMs: 60_000, withinMs: 1_000 } } },
    "clock/skew",
    `warning: this machine's clock is 59.0 s ahead of the store's ${NTP})`,
  ],
  [
    "an hour behind, with a key that signs",
    {
      examination: {
        clock: { aheadMs: -HOUR_MS - MINUTE_MS, withinMs: 600 },
        caller: { ...CALLER, securityLevel: "advanced" },
      },
    },
    "clock/skew",
    `failed: this machine's clock is 1 h behind the store's ${NTP}; requests of an Advanced key are refused when the clocks differ)`,
  ],
  [
    "an hour ahead of a store that does not know us",
    { examination: { clock: { aheadMs: HOUR_MS, withinMs: 0 }, caller: undefined } as never },
    "clock/skew",
    `failed: this machine's clock is 1 h ahead of the store's ${NTP})`,
  ],
  [
    "a store that tells no time",
    { examination: { clock: undefined } as never },
    "clock/skew",
    "skipped: the store tells no time, or it is this machine's own",
  ],
  [
    "a store that is not reached",
    unreached(faulty("STORE_UNREACHABLE")),
    "clock/skew",
    "skipped: the store told no time",
  ],
  ["a sink", {}, "sink/local", "ok: values can be read back; 2 slots can be written"],
  [
    "a sink that does not open",
    { project: { sinks: new Map([["local", faulty("SINK_UNUSABLE")]]) } },
    "sink/local",
    "failed: SINK_UNUSABLE: it went wrong",
  ],
  [
    "a sink that nobody uses",
    withSink({ slots: 0 }),
    "sink/local",
    "ok: values can be read back; no manifest delivers to it",
  ],
  [
    "a sink for manifests that are not valid",
    withSink({}),
    "sink/local",
    "ok: values can be read back; what is delivered to it is not known",
  ],
  [
    "a sink that tells versions",
    withSink({ readable: false, inspectable: true, slots: 1 }),
    "sink/local",
    "ok: values cannot be read back, their versions can; 1 slot can be written",
  ],
  [
    "a sink that tells nothing",
    withSink({ readable: false, slots: 1 }),
    "sink/local",
    "ok: nothing can be read back: a value that is lost there goes unnoticed; 1 slot can be written",
  ],
  [
    "slots that cannot be written",
    withSink({ slots: 3, faults: SLOTS.slice(0, 1) }),
    "sink/local",
    "failed: values can be read back; 1 of 3 slots cannot be written",
  ],
  [
    "a slot that cannot be written",
    withSink({ slots: 3, faults: SLOTS.slice(0, 1) }),
    "sink/local: path=0",
    "failed: C: m",
  ],
  [
    "many slots that cannot be written",
    withSink({ slots: 12, faults: SLOTS }),
    "sink/local",
    "failed: values can be read back; 12 of 12 slots cannot be written, of which 10 are told",
  ],
  ["the eleventh of them", withSink({ slots: 12, faults: SLOTS }), "sink/local: path=10", undefined],
  ["a ledger", {}, "ledger/chain", "ok: it is whole: 9 lines, 2 keys"],
  [
    "a ledger that does not open",
    { project: { ledger: faulty("CREDENTIAL_MISSING") } },
    "ledger/readable",
    "failed: CREDENTIAL_MISSING: it went wrong",
  ],
  [
    "an empty ledger",
    { ledger: { summary: found({ ...SUMMARY, lines: 0 }) } },
    "ledger/chain",
    "ok: it is empty",
  ],
  [
    "a broken chain",
    { ledger: { summary: faulty("LEDGER_CORRUPT") } },
    "ledger/chain",
    "failed: LEDGER_CORRUPT: it went wrong",
  ],
  [
    "a run that died",
    {
      ledger: {
        summary: found({
          ...SUMMARY,
          openIntents: [
            { ...INTENT, state: "unknown" },
            { ...INTENT, state: "settled" },
          ],
        }),
      },
    },
    "ledger/chain",
    "warning: it is whole: 9 lines, 2 keys, and 1 effect of a run that died, which may have been carried out (`keywright ledger verify` shows them; the next apply finds out)",
  ],
  ["a free lease", {}, "ledger/lease", "ok: it is free"],
  [
    "a held lease",
    { ledger: { holder: found("run r (ci)") } },
    "ledger/lease",
    "warning: an apply is under way: run r (ci) (another apply waits for it, or is refused, until it has ended)",
  ],
  [
    "a lease that cannot be asked for",
    { ledger: { holder: faulty("LEDGER_UNUSABLE") } },
    "ledger/lease",
    "failed: LEDGER_UNUSABLE: it went wrong",
  ],
  [
    "the lease of a ledger that cannot be read",
    { ledger: { holder: faulty("LEDGER_UNUSABLE"), summary: faulty("LEDGER_UNUSABLE") } },
    "ledger/lease",
    "skipped: the ledger cannot be read",
  ],
  ["the last run", {}, "ledger/last-run", "ok: run-1, 5 h ago: applied"],
  [
    "a last run that changed nothing",
    { ledger: { lastRun: found({ ...RUN, result: "no-change" }) } },
    "ledger/last-run",
    "ok: run-1, 5 h ago: no-change",
  ],
  [
    "a last run that failed",
    { ledger: { lastRun: found({ ...RUN, result: "failed" }) } },
    "ledger/last-run",
    "warning: run-1, 5 h ago: failed (`keywright runs show` tells what became of each change)",
  ],
  ["no run yet", { ledger: { lastRun: found(undefined) } }, "ledger/last-run", "ok: there was no run yet"],
  [
    "runs that cannot be read",
    { ledger: { lastRun: faulty("LEDGER_CORRUPT") } },
    "ledger/last-run",
    "skipped: LEDGER_CORRUPT: it went wrong",
  ],
  [
    "no schedule, and no hurry",
    {},
    "schedule/drift",
    "ok: nobody says when runs come, and no key has to be rotated in time",
  ],
  [
    "no schedule, and a key that is in a hurry",
    { manifests: { shortestWindowMs: 10 * DAY_MS } },
    "schedule/drift",
    'warning: nobody says when runs come, and a key has only 10 days from when its rotation is due until it expires (say when `keywright apply` runs: drift: { schedule: "17 6 * * *" }; then `keywright validate` compares the two)',
  ],
  [
    "a schedule",
    { config: { drift: DRIFT } },
    "schedule/drift",
    "ok: 17 6 * * * UTC, with pauses of at most 24 h",
  ],
  [
    "a schedule that is often enough",
    { config: { drift: DRIFT }, manifests: { shortestWindowMs: 10 * DAY_MS } },
    "schedule/drift",
    "ok: 17 6 * * * UTC, with pauses of at most 24 h; the key with the least time has 10 days for its rotation",
  ],
  [
    "a schedule that never comes again",
    { config: { drift: { ...DRIFT, longestSilenceMs: Infinity } } },
    "schedule/drift",
    "warning: 17 6 * * * UTC never comes again (write a schedule that does)",
  ],
  [
    "a schedule that leaves less than was promised",
    { config: { drift: DRIFT }, manifests: { issues: [issue("CONFIG_SCHEDULE_LATE", "warning")] } },
    "schedule/drift",
    "warning: 1 key for which runs come too seldom: CONFIG_SCHEDULE_LATE at a (`keywright validate` shows each)",
  ],
  [
    "a schedule that lets keys expire",
    {
      config: { drift: DRIFT },
      manifests: {
        issues: [issue("CONFIG_SCHEDULE_LATE", "warning"), issue("CONFIG_SCHEDULE_SLOW", "error")],
      },
    },
    "schedule/drift",
    "failed: 2 keys for which runs come too seldom: CONFIG_SCHEDULE_LATE at a (`keywright validate` shows each)",
  ],
  [
    "a schedule for manifests that cannot be read",
    { project: { manifests: faulty("SOURCE_UNREADABLE") } },
    "schedule/drift",
    "skipped: the manifests could not be read",
  ],
  ["a schedule that is kept", { config: { drift: DRIFT } }, "schedule/kept", "ok: the last run was 5 h ago"],
  [
    "a schedule that is not kept",
    { config: { drift: DRIFT }, ledger: { lastRun: found({ ...RUN, startedAt: at(-3 * DAY_MS) }) } },
    "schedule/kept",
    "warning: the last run was 3 days ago, longer than any pause of the schedule (look whether whatever runs `keywright apply`, or looks for drift, on this schedule still does)",
  ],
  [
    "a schedule that checks keep though no run was needed",
    {
      config: { drift: DRIFT },
      ledger: { lastRun: found({ ...RUN, startedAt: at(-3 * DAY_MS) }), lastCheck: found(aCheck("clean")) },
    },
    "schedule/kept",
    "ok: the last check was 2 h ago",
  ],
  [
    "a schedule with checks that cannot be read",
    { config: { drift: DRIFT }, ledger: { lastCheck: faulty("LEDGER_CORRUPT") } },
    "schedule/kept",
    undefined,
  ],
  [
    "a check for drift",
    { ledger: { lastCheck: found(aCheck("drift", 2)) } },
    "ledger/last-check",
    "ok: for drift, 2 h ago: drift, 2 findings",
  ],
  [
    "a check for drift that failed",
    { ledger: { lastCheck: found(aCheck("failed")) } },
    "ledger/last-check",
    "warning: for drift, 2 h ago: failed (`keywright drift` tells what it could not look at)",
  ],
  [
    "checks that cannot be read",
    { ledger: { lastCheck: faulty("LEDGER_CORRUPT") } },
    "ledger/last-check",
    undefined,
  ],
  ["no check for drift yet", {}, "ledger/last-check", undefined],
  [
    "a schedule without a run yet",
    { config: { drift: DRIFT }, ledger: { lastRun: found(undefined) } },
    "schedule/kept",
    "skipped: there was no run yet",
  ],
  [
    "a schedule with runs that cannot be read",
    { config: { drift: DRIFT }, ledger: { lastRun: faulty("LEDGER_CORRUPT") } },
    "schedule/kept",
    undefined,
  ],
  [
    "a schedule without a ledger",
    { config: { drift: DRIFT }, project: { ledger: faulty("LEDGER_UNUSABLE") } },
    "schedule/kept",
    undefined,
  ],
];

const aBlocked = (name: string, code: Blocked["code"]): Blocked => ({
  kind: "ApiKey",
  name,
  code,
  message: "it is so",
  hint: "mend it",
});

const planned = (parts: Partial<PlanFacts>): Parts => ({
  project: { plan: found({ changes: [], blocked: [], violations: [], ...parts }) },
});

const CHANGES = ["create", "update", "create"].map((action) => ({
  action,
})) as unknown as PlanFacts["changes"];
const VIOLATION = {
  guard: "last-valid-key",
  message: "nobody could call",
  hint: "allow it",
  names: [],
} as const;

const PLANS: readonly (readonly [what: string, parts: Parts, check: string, text: string | undefined])[] = [
  [
    "no plan",
    { project: { plan: undefined } as never },
    "plan/changes",
    "skipped: it takes manifests, store, sinks and ledger to make a plan",
  ],
  [
    "a plan that failed",
    { project: { plan: faulty("STORE_UNREACHABLE") } },
    "plan/changes",
    "failed: STORE_UNREACHABLE: it went wrong",
  ],
  ["an empty plan", {}, "plan/changes", "ok: nothing is to be done"],
  [
    "what is to be done",
    planned({ changes: CHANGES }),
    "plan/changes",
    "ok: 3 changes: 2 to create, 1 to update",
  ],
  [
    "a plan that a guard refuses",
    planned({ changes: CHANGES, violations: [VIOLATION] }),
    "plan/changes",
    "failed: 3 changes: 2 to create, 1 to update; refused by 1 guard (`keywright plan` shows them)",
  ],
  [
    "the guard",
    planned({ changes: CHANGES, violations: [VIOLATION] }),
    "plan/last-valid-key",
    "failed: nobody could call (allow it)",
  ],
  [
    "a key that is left alone",
    planned({ blocked: [aBlocked("a", "SLOT_OCCUPIED")] }),
    "plan/SLOT_OCCUPIED",
    "warning: ApiKey a: it is so (mend it)",
  ],
  [
    "many keys that are left alone",
    planned({ blocked: ["a", "b", "c", "d", "e", "f"].map((name) => aBlocked(name, "SLOT_OCCUPIED")) }),
    "plan/SLOT_OCCUPIED",
    "warning: ApiKey a, ApiKey b, ApiKey c, ApiKey d, ApiKey e and 1 more are left alone (`keywright plan` says of each what to do)",
  ],
  [
    "a key that waits to be named",
    planned({ blocked: [aBlocked("a", "PROTECTED")] }),
    "plan/PROTECTED",
    "ok: ApiKey a: it is so",
  ],
];

test.each(PLANS)("%s is told of the plan", (_what, parts, check, text) => {
  expect(told(diagnosisOf(parts), check)).toBe(text);
});

test.each(TABLE)("%s is told", (_what, parts, check, text) => {
  expect(told(diagnosisOf(parts), check)).toBe(text);
});
