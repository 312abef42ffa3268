import { expect, test } from "vitest";
import { anAllowlist, factsBeside } from "./a-secret.fixture.ts";
import { type Limits, violationsOf } from "./guard.ts";
import { someLimits } from "./some-facts.fixture.ts";

const listOf = (...addresses: readonly string[]) =>
  anAllowlist(...addresses.map((address) => ({ address, description: "" })));

const toldOf = (addresses: readonly string[], limits: Partial<Limits>): readonly string[] => {
  const desired = listOf(...addresses);
  const change = { action: "update", kind: "IpAllowlist", name: "offices", desired, fields: [] } as const;
  return violationsOf([change], factsBeside({ allowlist: desired }), someLimits(limits)).map(
    ({ guard, message, names }) => `${guard} ${names.join()}: ${message}`,
  );
};

test("a list that holds where Keywright runs may come", () => {
  expect(toldOf(["10.0.0.0/8", "192.0.2.7"], { ownAddresses: ["10.1.2.3", "192.0.2.7"] })).toEqual([]);
  expect(toldOf(["2001:db8::/32"], { ownAddresses: ["2001:DB8:1::/48"] })).toEqual([]);
});

test("one that leaves an address out is refused, even by name", () => {
  const message =
    "lockout offices: the new IP allowlist has no entry that holds 192.0.2.8, 10.0.0.0/7, where Keywright runs (guards.ownAddress)";
  const limits = {
    ownAddresses: ["10.1.2.3", "192.0.2.8", "10.0.0.0/7"],
    allowed: ["offices", "ip-allowlist"],
  };
  expect(toldOf(["10.0.0.0/8"], limits)).toEqual([message]);
});

test("what is no address is held by nothing, and holds nothing", () => {
  expect(toldOf(["10.0.0.0/8"], { ownAddresses: ["here"] })).toHaveLength(1);
  expect(toldOf(["anywhere"], { ownAddresses: ["10.0.0.1"] })).toHaveLength(1);
});

test("as long as nobody said where Keywright runs, no list comes", () => {
  for (const limits of [{}, { ownAddresses: [] }]) {
    expect(toldOf(["0.0.0.0/1"], limits)).toEqual([
      expect.stringContaining("nobody said from which address"),
    ]);
  }
});

test("an empty list lets everybody in: it needs a word of its own, and no address", () => {
  expect(toldOf([], { allowed: ["offices"] })).toEqual([
    "allowlist-off offices: an empty IP allowlist lets everybody in",
  ]);
  expect(toldOf([], { allowed: ["ip-allowlist"] })).toEqual([]);
});

test("a plan that leaves the list alone asks for no address", () => {
  expect(violationsOf([], factsBeside(), someLimits())).toEqual([]);
});
