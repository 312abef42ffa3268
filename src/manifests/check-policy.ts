import { RE2JS } from "re2js";
import type { DesiredPolicy, Expires } from "../core/desired.ts";
import type { Issue } from "../core/issue.ts";
import { type PolicyRule, policyBreaches } from "../core/policy.ts";
import type { Check } from "./declarations.ts";
import { issueAt } from "./issue-at.ts";
import { buildRole } from "./build-key.ts";
import type { KeyDraft } from "./key-draft.ts";
import type { Declared } from "./manifest.ts";
import { type NodePath, placeOf, positionOf } from "./source-node.ts";

/** One policy at most, and every key within it; the issue stands at the key and names the policy's line. */
export const checkPolicy: Check = ({ keys, policies }, { now }) => {
  const [policy, ...others] = policies;
  if (!policy) return [];
  const { pattern, issues } = compilePattern(policy);
  return [
    ...others.flatMap((other) => [secondPolicy(other, policy), ...compilePattern(other).issues]),
    ...issues,
    ...keys.flatMap((key) =>
      breachesOf(key, policy.value, pattern, now).map((breach) => breachIssue(key, policy, breach)),
    ),
  ];
};

function secondPolicy({ node }: Declared<DesiredPolicy>, first: Declared<DesiredPolicy>): Issue {
  const place = placeOf(node, ["metadata", "name"]);
  return issueAt(place.source, place.offset, {
    code: "POLICY_DUPLICATE",
    message: `an instance has one security policy, and ${whereIs(first, [])} declares it already`,
    hint: "put the rules into one manifest",
  });
}

interface CompiledPattern {
  readonly pattern?: RE2JS;
  readonly issues: readonly Issue[];
}

/** Linear time whatever the expression (security check G12). */
function compilePattern({ value, node }: Declared<DesiredPolicy>): CompiledPattern {
  if (value.namePattern === undefined) return { issues: [] };
  try {
    return { pattern: RE2JS.compile(value.namePattern), issues: [] };
  } catch {
    const place = placeOf(node, ["spec", "namePattern"]);
    const message = "namePattern is no RE2 expression";
    const hint = "RE2 has no look-around and no back-references";
    return { issues: [issueAt(place.source, place.offset, { code: "POLICY_PATTERN", message, hint })] };
  }
}

interface Breach {
  readonly code: string;
  readonly rule: string;
  /** To follow the key's name. */
  readonly message: string;
  /** The part of the key that breaks the rule. */
  readonly path: NodePath;
}

const RULES: Readonly<Record<PolicyRule, Pick<Breach, "code" | "path">>> = {
  requireExpiration: { code: "POLICY_EXPIRATION", path: ["spec", "expires"] },
  maxLifetimeDays: { code: "POLICY_LIFETIME", path: ["spec", "expires"] },
  allowedRoles: { code: "POLICY_ROLE", path: ["spec", "roles"] },
};

function breachesOf(
  key: KeyDraft,
  policy: DesiredPolicy,
  pattern: RE2JS | undefined,
  now: Date,
): readonly Breach[] {
  const breaches: Breach[] = storeBreaches(key, policy, now).map((breach) => ({
    ...breach,
    ...RULES[breach.rule],
  }));
  if (policy.requireRotation && !mayRotate(key)) {
    const message = "is not rotated by schedule; the policy requires that";
    breaches.push({ code: "POLICY_ROTATION", rule: "requireRotation", message, path: ["spec", "rotation"] });
  }
  if (policy.requireOwner && key.lacksOwner) {
    const message = "has no metadata.owner; the policy requires one";
    breaches.push({ code: "POLICY_OWNER", rule: "requireOwner", message, path: ["metadata"] });
  }
  if (pattern && key.hasValidName && !pattern.matches(key.name)) {
    const message = `does not match the policy's pattern ${policy.namePattern ?? ""}`;
    breaches.push({ code: "POLICY_NAME", rule: "namePattern", message, path: ["metadata", "name"] });
  }
  return breaches;
}

const NEVER: Expires = { type: "never" };

/** Of an expiry that is not known nothing is required. */
function storeBreaches(
  { roles, expires }: KeyDraft,
  policy: DesiredPolicy,
  now: Date,
): ReturnType<typeof policyBreaches> {
  const key = { roles: roles.flatMap((role) => (role ? buildRole(role) : [])), expires: expires ?? NEVER };
  const requireExpiration = policy.requireExpiration && expires !== undefined;
  return policyBreaches(key, { ...policy, requireExpiration }, now);
}

/** True where it is not known. */
const mayRotate = ({ rotation, expires }: KeyDraft): boolean =>
  rotation === undefined ||
  rotation.trigger.type === "every" ||
  (rotation.trigger.type !== "disabled" && expires?.type !== "never");

function breachIssue(key: KeyDraft, policy: Declared<DesiredPolicy>, breach: Breach): Issue {
  const place = placeOf(key.node, breach.path);
  return issueAt(place.source, place.offset, {
    code: breach.code,
    // What was there before is told, and never ended for it; a plan keeps a new key from breaking the policy.
    severity: key.adoptedId === undefined ? "error" : "warning",
    message: `${key.name} ${breach.message}`,
    hint: `see ${breach.rule} of policy ${policy.value.name} at ${whereIs(policy, ["spec", breach.rule])}`,
  });
}

function whereIs({ node }: Declared<DesiredPolicy>, path: NodePath): string {
  const { file, line, column } = positionOf(node, path);
  return `${file}:${line}:${column}`;
}
