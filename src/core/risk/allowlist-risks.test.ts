import { expect, test } from "vitest";
import { CAPABILITIES, someFacts, someLimits } from "../some-facts.fixture.ts";
import type { AllowlistEntry } from "../desired.ts";
import { diff } from "../diff.ts";
import { risksOf } from "./risks-of.ts";

const entries = (addresses: readonly string[]): readonly AllowlistEntry[] =>
  addresses.map((address) => ({ address, description: "" }));

function told(present: readonly string[], wanted: readonly string[]): readonly string[] {
  const facts = someFacts({ capabilities: { manages: [...CAPABILITIES.manages, "IpAllowlist"] } });
  const origin = { file: "allowlist.yaml", line: 1, column: 1 };
  const desired = { kind: "IpAllowlist", name: "callers", entries: entries(wanted), origin } as const;
  const changed = {
    ...facts,
    desired: { ...facts.desired, allowlist: desired },
    live: { ...facts.live, allowlist: { kind: "IpAllowlist", entries: entries(present) } as const },
  };
  return risksOf(diff(changed).changes, changed, someLimits()).map(
    (risk) => `${risk.class}: ${risk.message}`,
  );
}

const also = (addresses: string): readonly string[] => [`allowlist-widened: IP allowlist: also ${addresses}`];

test.each<readonly [string, readonly string[], readonly string[], readonly string[]]>([
  ["another address", ["192.0.2.7"], ["192.0.2.7", "192.0.2.9"], also("192.0.2.9")],
  ["a wider range", ["192.0.2.0/25"], ["192.0.2.0/24"], also("192.0.2.0/24")],
  ["a range of the other family", ["192.0.2.0/24"], ["192.0.2.0/24", "2001:db8::/32"], also("2001:db8::/32")],
  [
    "a range with a hole between two",
    ["192.0.2.0/26", "192.0.2.128/25"],
    ["192.0.2.0/24"],
    also("192.0.2.0/24"),
  ],
  ["what cannot be read", ["192.0.2.7"], ["192.0.2.7", "office"], also("office")],
  ["nothing at all", ["192.0.2.7"], [], ["allowlist-widened: IP allowlist: everybody may call"]],
])("an IP allowlist that gets %s is wider", (_name, present, wanted, expected) => {
  expect(told(present, wanted)).toEqual(expected);
});

test.each<readonly [string, readonly string[], readonly string[]]>([
  ["its first entry", [], ["192.0.2.7"]],
  ["fewer entries", ["192.0.2.7", "192.0.2.9"], ["192.0.2.9"]],
  ["a part of a range", ["2001:db8::/32"], ["2001:db8:1::/48", "2001:db8:2::1"]],
  ["two halves as a whole", ["192.0.2.128/25", "192.0.2.0/25", "192.0.2.0/26", "10.0.0.1"], ["192.0.2.0/24"]],
  ["what could not be read before, again", ["office", "192.0.2.7"], ["office"]],
])("an IP allowlist that gets %s is not", (_name, present, wanted) => {
  expect(told(present, wanted)).toEqual([]);
});

test("where the store told no list, nothing is said of one", () => {
  const origin = { file: "allowlist.yaml", line: 1, column: 1 };
  const desired = { kind: "IpAllowlist", name: "callers", entries: entries(["192.0.2.7"]), origin } as const;
  const change = { action: "update", kind: "IpAllowlist", name: "callers", desired, fields: [] } as const;
  expect(risksOf([change], someFacts(), {})).toEqual([]);
});
