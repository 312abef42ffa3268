/** What is dangerous about a plan, from its changes and the facts that they follow from. */

import type { Change } from "../change.ts";
import type { Facts } from "../facts.ts";
import type { Limits } from "../guard.ts";
import { compareText } from "../issue.ts";
import { allowlistRisks } from "./allowlist-risks.ts";
import { deliveryRisks } from "./delivery-risks.ts";
import { expiryRisks } from "./expiry-risks.ts";
import { permissionRisks } from "./permission-risks.ts";
import { policyRisks } from "./policy-risks.ts";
import { roleRisks } from "./role-risks.ts";
import { RISK_CLASSES, type Risk } from "./risk.ts";
import { revocationRisks } from "./revocation-risks.ts";
import { scopeRisks } from "./scope-risks.ts";
import { securityRisks } from "./security-risks.ts";
import { successionOf } from "./succession.ts";

/**
 * Pure, and the order of its inputs never shows: the most serious first, then by what they are about, each once. Told is
 * what store and ledger let us see. That a rotation comes rarer than before, or that a rule of the policy is loosened that
 * no store holds, is in neither, and is left out.
 */
export function risksOf(
  changes: readonly Change[],
  facts: Facts,
  limits: Pick<Limits, "isProduction">,
): readonly Risk[] {
  const risks = changes.flatMap((change) => risksOfChange(change, facts, limits));
  const byText = new Map(
    risks.map((risk) => [`${risk.class} ${risk.kind} ${risk.name} ${risk.message}`, risk]),
  );
  return [...byText.values()].toSorted(inOrder);
}

function risksOfChange(
  change: Change,
  facts: Facts,
  { isProduction = true }: Pick<Limits, "isProduction">,
): readonly Risk[] {
  if (change.action === "revoke") return isProduction ? revocationRisks(change, facts.now) : [];
  switch (change.kind) {
    case "ApiKey": {
      const succession = successionOf(change, facts);
      const of = [roleRisks, scopeRisks, securityRisks, expiryRisks, deliveryRisks];
      return of.flatMap((risks) => risks(succession, facts));
    }
    case "Role":
      return permissionRisks(change, facts);
    case "SecurityPolicy":
      return policyRisks(change, facts);
    case "IpAllowlist":
      return allowlistRisks(change, facts);
    case "Secret":
      return [];
  }
}

const inOrder = (a: Risk, b: Risk): number =>
  RISK_CLASSES.indexOf(a.class) - RISK_CLASSES.indexOf(b.class) ||
  compareText(a.kind, b.kind) ||
  compareText(a.name, b.name) ||
  compareText(a.message, b.message);
