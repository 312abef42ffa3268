import fc from "fast-check";
import { expect, test } from "vitest";
import { anAllowlist, factsBeside } from "./a-secret.fixture.ts";
import type { AllowlistEntry } from "./desired.ts";
import { diff } from "./diff.ts";
import { diffAllowlist } from "./diff-allowlist.ts";

const entry = (address: string, description = ""): AllowlistEntry => ({ address, description });
const live = (...entries: readonly AllowlistEntry[]) => ({ kind: "IpAllowlist", entries }) as const;

test("each address that differs is one field: added, gone, or described anew", () => {
  const desired = anAllowlist(
    entry("10.0.0.0/8", "Office"),
    entry("192.0.2.1"),
    entry("2001:db8::1", "Home"),
  );
  const present = live(entry("192.0.2.9"), entry("10.0.0.0/8", "Old office"), entry("192.0.2.1"));
  expect(diffAllowlist(desired, present)).toEqual([
    {
      action: "update",
      kind: "IpAllowlist",
      name: "offices",
      desired,
      fields: [
        { field: "10.0.0.0/8", from: "Old office", to: "Office" },
        { field: "192.0.2.9", from: "" },
        { field: "2001:db8::1", to: "Home" },
      ],
    },
  ]);
});

test("a list that is not declared, and one that cannot be read, are left alone", () => {
  expect(diffAllowlist(undefined, live(entry("10.0.0.1")))).toEqual([]);
  expect(diffAllowlist(anAllowlist(), undefined)).toEqual([]);
  expect(diffAllowlist(anAllowlist(), live())).toEqual([]);
});

test("equal lists need nothing, in whichever order they come", () => {
  const entries = fc.uniqueArray(fc.record({ address: fc.ipV4(), description: fc.string() }), {
    selector: ({ address }) => address,
  });
  fc.assert(
    fc.property(entries, (all) => {
      expect(diffAllowlist(anAllowlist(...all), live(...all.toReversed()))).toEqual([]);
      expect(diffAllowlist(anAllowlist(...all), live())).toHaveLength(all.length > 0 ? 1 : 0);
    }),
  );
});

test("it comes after everything else, and only where the store has such a list", () => {
  const parts = { live: [], records: [], allowlist: anAllowlist(entry("10.0.0.1")), liveAllowlist: [] };
  expect(diff(factsBeside(parts)).changes.map(({ kind }) => kind)).toEqual(["ApiKey", "IpAllowlist"]);
  const without = factsBeside({ ...parts, capabilities: { manages: [] } });
  expect(diff(without).changes.map(({ kind }) => kind)).toEqual(["ApiKey"]);
});
