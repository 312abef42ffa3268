import { expect, test } from "vitest";
import { aRecord, at } from "./a-key.fixture.ts";
import { aSecretRecord } from "./a-secret.fixture.ts";
import type { KeyRecord } from "./key-record.ts";
import type { LiveSecret } from "./live.ts";
import { hasSecretRecords, splitSecrets } from "./own-secrets.ts";

const recordsOf = (...records: readonly KeyRecord[]): ReadonlyMap<string, KeyRecord> =>
  new Map(records.map((record) => [record.name, record]));

const live = (id: string, tag: string, displayName = "Partner"): LiveSecret => ({
  kind: "Secret",
  id,
  tag,
  displayName,
});

/** As a run leaves it that died before the receipt. */
function begun(name: string, tag: string): KeyRecord {
  const { secret: _, ...rest } = aSecretRecord({}, name);
  return { ...rest, secretIntent: { tag, displayName: "Partner", run: "run1", at: at(0) } };
}

test("only what the ledger has a receipt for is ours, whatever its tag", () => {
  const all = [live("secret_2", "b"), live("secret_1", "a")];
  expect(splitSecrets(all, recordsOf(aSecretRecord(), aRecord()))).toEqual({
    owned: [{ ...live("secret_1", "a"), name: "partner" }],
    foreign: ["b"],
  });
});

test("I4: what was begun is known by its tag and its name together: another one of the tag is a stranger's", () => {
  const records = recordsOf(begun("partner", "a"));
  expect(splitSecrets([live("x", "a")], records).owned.map(({ name }) => name)).toEqual(["partner"]);
  expect(splitSecrets([live("x", "a", "Made by hand")], records)).toEqual({ owned: [], foreign: ["a"] });
  expect(splitSecrets([live("x", "b")], records)).toEqual({ owned: [], foreign: ["b"] });
});

test("a receipt counts before an intent, and the owned come by name", () => {
  const records = recordsOf(begun("a", "t"), aSecretRecord({}, "z"), begun("b", "u"));
  const { owned } = splitSecrets([live("secret_1", "t"), live("other", "u")], records);
  expect(owned.map(({ name, id }) => [name, id])).toEqual([
    ["b", "other"],
    ["z", "secret_1"],
  ]);
});

test("the ledger tells whether there is anything to look for", () => {
  expect(hasSecretRecords(recordsOf(aRecord()))).toBe(false);
  expect(hasSecretRecords(recordsOf(aRecord(), aSecretRecord()))).toBe(true);
});
