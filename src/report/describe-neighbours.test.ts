/** How what lies beside the keys of a store is told: secrets and the IP allowlist. */

import { expect, test } from "vitest";
import type { Change } from "../core/change.ts";
import type { DesiredSecret } from "../core/desired.ts";
import { describeChange } from "./describe-change.ts";
import { aPlan, NOW } from "./plan.fixture.ts";
import { renderPlan } from "./render-plan.ts";

const SECRET: DesiredSecret = {
  kind: "Secret",
  name: "partner",
  tag: "partner_token",
  displayName: "Partner",
  valueFrom: { sink: "local", path: "partner/token" },
  origin: { file: "keys/partner.yaml", line: 3, column: 19 },
};
const REF = { id: "secret_1", tag: "partner_token" };
const CREATE: Change = { action: "create", kind: "Secret", name: "partner", desired: SECRET };
const UPDATE: Change = {
  action: "update",
  kind: "Secret",
  name: "partner",
  desired: SECRET,
  current: REF,
  fields: [
    { field: "displayName", from: "Old", to: "Partner" },
    { field: "value", to: "changed" },
  ],
};
const REVOKE: Change = { action: "revoke", kind: "Secret", name: "old", secret: REF };
const ALLOWLIST: Change = {
  action: "update",
  kind: "IpAllowlist",
  name: "offices",
  desired: {
    kind: "IpAllowlist",
    name: "offices",
    entries: [{ address: "192.0.2.0/24", description: "Office" }],
    origin: { file: "keys/offices.yaml", line: 3, column: 19 },
  },
  fields: [
    { field: "192.0.2.0/24", to: "Office" },
    { field: "192.0.2.9", from: "" },
    { field: "2001:db8::1", from: "Home", to: "Annex" },
  ],
};

const detailsOf = (change: Change): readonly string[] =>
  describeChange(change, NOW).details.map(({ label, text }) => `${label}: ${text}`);

test("a secret tells its tag and where its value comes from, and nothing of the value", () => {
  const details = ["tag: partner_token", "value from: local: path=partner/token"];
  expect(detailsOf(CREATE)).toEqual(details);
  expect(detailsOf(UPDATE)).toEqual(details);
  expect(detailsOf(REVOKE)).toEqual(["tag: partner_token"]);
  expect(describeChange(REVOKE, NOW).reasons).toEqual(["its manifest is gone"]);
  expect(detailsOf(ALLOWLIST)).toEqual([]);
});

const plan = aPlan({
  changes: [CREATE, UPDATE, REVOKE, ALLOWLIST],
  violations: [{ guard: "lockout", message: "m", hint: "h", names: ["offices"] }],
  blocked: [
    {
      kind: "Secret",
      name: "x",
      code: "SECRET_FOREIGN",
      message: "is not ours",
      hint: "h",
      at: SECRET.origin,
    },
  ],
});

test("as text each sort has its heading", () => {
  const text = renderPlan(plan, { format: "text", colors: false, now: NOW });
  expect(text).toContain(`Secrets
  + create partner  keys/partner.yaml:3
      tag: partner_token
      value from: local: path=partner/token
  ~ update partner  keys/partner.yaml:3
      displayName: Old → Partner
`);
  expect(text).toContain("Secrets to revoke\n  - revoke old\n");
  expect(text).toContain("IP allowlist\n  ~ update offices  keys/offices.yaml:3\n");
  expect(text).toContain(
    "      + 192.0.2.0/24 (Office)\n      - 192.0.2.9\n      2001:db8::1: Home → Annex\n",
  );
  expect(text).toContain("! Secret x");
});

test("as Markdown, and as SARIF with the place of the list that a guard refuses", () => {
  const markdown = renderPlan(plan, { format: "markdown", colors: false, now: NOW });
  expect(markdown).toContain("| create | Secret | `partner` |");
  expect(markdown).toContain("+ 192.0.2.0/24 (Office)\n- 192.0.2.9\n! 2001:db8::1: Home → Annex\n");
  const sarif = renderPlan(plan, { format: "sarif", colors: false, now: NOW });
  expect(sarif).toContain("keys/offices.yaml");
  expect(sarif).toContain("SECRET_FOREIGN");
});
