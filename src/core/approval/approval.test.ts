import { expect, test } from "vitest";
import type { Limits } from "../guard.ts";
import type { Risk } from "../risk/risk.ts";
import type { ApprovalFacts, ApprovalRule } from "./approval.ts";
import { approvalRefusal } from "./approval-guard.ts";
import { approvalNeeds } from "./approval-needs.ts";
import { missingApprovals } from "./missing-approvals.ts";
import { ruleText } from "./rule-text.ts";

const aRisk = (over: Partial<Risk> = {}): Risk => ({
  class: "privilege-widened",
  kind: "ApiKey",
  name: "scanner",
  message: "scanner: READ_ONLY → ADMIN",
  ...over,
});

const LONGER = aRisk({ class: "expiry-lengthened", message: "scanner: expires 30d → 90d" });
const aRule = (over: Partial<ApprovalRule> = {}): ApprovalRule => ({ risks: ["privilege-widened"], ...over });
const someone = (user: string, ...teams: readonly string[]) => ({ user, teams });
const said = (over: Partial<ApprovalFacts> = {}): ApprovalFacts => ({
  labels: [],
  approvals: [],
  environments: [],
  ...over,
});

const missing = (rule: Partial<ApprovalRule>, facts: Partial<ApprovalFacts> = {}): readonly string[] =>
  missingApprovals(approvalNeeds([aRisk()], [aRule(rule)]), said(facts)).flatMap((each) => each.missing);

test("a rule is about the risks whose class it names, and several rules may name one", () => {
  const rules = [
    aRule({ label: "a" }),
    aRule({ risks: ["expiry-lengthened", "privilege-widened"], label: "b" }),
    aRule({ risks: ["first-admin"], label: "c" }),
  ];
  expect(approvalNeeds([aRisk(), LONGER], rules)).toEqual([
    { rule: rules[0], risks: [aRisk()] },
    { rule: rules[1], risks: [aRisk(), LONGER] },
  ]);
  expect(approvalNeeds([aRisk()], [])).toEqual([]);
});

test.each<readonly [string, Partial<ApprovalRule>, Partial<ApprovalFacts>, readonly string[]]>([
  ["a label that is not there", { label: "reviewed" }, { labels: ["other"] }, ["the label reviewed"]],
  ["a label in other letters", { label: "reviewed" }, { labels: ["Reviewed"] }, []],
  [
    "a team of which nobody approved",
    { team: "acme/security" },
    {},
    ["an approving review by acme/security"],
  ],
  [
    "a team beside whose members others approved",
    { team: "acme/security" },
    { approvals: [someone("eve"), someone("mallory", "acme/other")] },
    ["an approving review by acme/security"],
  ],
  [
    "a team in other letters",
    { team: "acme/security" },
    { approvals: [someone("ada", "Acme/Security")] },
    [],
  ],
  [
    "two of a team, of whom one approved twice",
    { team: "acme/security", reviews: 2 },
    { approvals: [someone("ada", "acme/security"), someone("Ada", "acme/security"), someone("bob")] },
    ["2 approving reviews by acme/security (there is 1)"],
  ],
  [
    "three of anybody, with two",
    { reviews: 3 },
    { approvals: [someone("ada"), someone("bob", "acme/security")] },
    ["3 approving reviews (there are 2)"],
  ],
  ["two of anybody", { reviews: 2 }, { approvals: [someone("ada"), someone("bob", "acme/security")] }, []],
  ["an environment", { environment: "production" }, { environments: ["Production"] }, []],
  [
    "all of them, with none",
    { label: "reviewed", reviews: 1, environment: "production" },
    {},
    ["the label reviewed", "an approving review", "a run that a person approved for environment production"],
  ],
])("a rule with %s", (_name, rule, facts, expected) => {
  expect(missing(rule, facts)).toEqual(expected);
});

test("what is missing comes with what to do, each piece of advice once", () => {
  const [lack] = missingApprovals(
    approvalNeeds([aRisk()], [aRule({ label: "reviewed", environment: "production" })]),
    said(),
  );
  expect(lack?.hint).toBe(
    "set the label on the pull request; name that environment in the job, with required reviewers, and approve the run",
  );
});

test.each<readonly [Partial<ApprovalRule>, string]>([
  [{}, "nothing"],
  [{ label: "a" }, "the label a"],
  [{ team: "o/t", label: "a" }, "the label a and an approving review by o/t"],
  [
    { team: "o/t", reviews: 2, label: "a", environment: "e" },
    "the label a, 2 approving reviews by o/t and a run that a person approved for environment e",
  ],
])("a rule in words: %#", (rule, text) => {
  expect(ruleText(aRule(rule))).toBe(text);
});

const limits = (over: Partial<Limits> = {}): Pick<Limits, "approvals" | "allowed"> => ({
  approvals: [aRule({ team: "acme/security" })],
  allowed: [],
  ...over,
});

test("a risk that a rule names is refused until its class is approved or a person names what it is about", () => {
  expect(approvalRefusal([aRisk(), LONGER], limits())).toEqual({
    message: "scanner: READ_ONLY → ADMIN (privilege-widened) needs an approving review by acme/security",
    hint: "bring it in by a pull request that is approved as the rules demand, or, if you answer for it, name it: --allow scanner",
  });
  expect(approvalRefusal([aRisk()], limits(), ["privilege-widened"])).toBeUndefined();
  expect(approvalRefusal([aRisk()], limits(), ["expiry-lengthened"])).toBeDefined();
  expect(approvalRefusal([aRisk()], limits({ allowed: ["scanner"] }))).toBeUndefined();
  expect(approvalRefusal([aRisk()], limits({ allowed: ["other"] }))).toBeDefined();
});

test("where no rule names a class, nothing is refused", () => {
  expect(approvalRefusal([LONGER], limits())).toBeUndefined();
  expect(approvalRefusal([aRisk()], { allowed: [] })).toBeUndefined();
});

test("secrets and the IP allowlist are named as for the other guards", () => {
  const approvals = [aRule({ risks: ["production-revocation", "allowlist-widened"], label: "a" })];
  const secret = aRisk({ class: "production-revocation", kind: "Secret", name: "db", message: "secret db" });
  const list = aRisk({ class: "allowlist-widened", kind: "IpAllowlist", name: "callers", message: "list" });
  expect(approvalRefusal([secret, list], { approvals, allowed: [] })?.hint).toContain(
    "--allow secret/db,ip-allowlist",
  );
  expect(approvalRefusal([secret], { approvals, allowed: ["db"] })).toBeDefined();
  expect(
    approvalRefusal([secret, list], { approvals, allowed: ["secret/db", "ip-allowlist"] }),
  ).toBeUndefined();
});

test("who names a key lets no role and no policy of the same name through", () => {
  const approvals = [aRule({ risks: ["privilege-widened", "policy-loosened"], label: "a" })];
  const role = aRisk({ kind: "Role", name: "editor", message: "role editor: may also Own" });
  const policy = aRisk({
    class: "policy-loosened",
    kind: "SecurityPolicy",
    name: "editor",
    message: "policy",
  });
  expect(approvalRefusal([role, policy], { approvals, allowed: ["editor"] })?.hint).toMatch(
    /--allow role\/editor,policy\/editor$/,
  );
  const allowed = ["role/editor", "policy/editor"];
  expect(approvalRefusal([role, policy], { approvals, allowed })).toBeUndefined();
});

test("of many, the first few are named", () => {
  const many = Array.from({ length: 7 }, (_, index) =>
    aRisk({ name: `k${index}`, message: `k${index}: wider` }),
  );
  const refusal = approvalRefusal(many, limits());
  expect(refusal?.message).toContain("k4: wider (privilege-widened), 2 more need an");
  expect(refusal?.hint).toMatch(/--allow k0,k1,k2,k3,k4,…$/);
});
