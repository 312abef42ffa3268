import { expect, test } from "vitest";
import { aRecord, at, NOW } from "./a-key.fixture.ts";
import { aSecretRecord } from "./a-secret.fixture.ts";
import type { KeyRecord } from "./key-record.ts";
import { LATE_CREATE_MS } from "./late-create.ts";
import type { LiveSecret } from "./live.ts";
import { type Declared, hasSecretRecords, splitSecrets } from "./own-secrets.ts";

const recordsOf = (...records: readonly KeyRecord[]): ReadonlyMap<string, KeyRecord> =>
  new Map(records.map((record) => [record.name, record]));

const live = (id: string, tag: string, displayName = "Partner"): LiveSecret => ({
  kind: "Secret",
  id,
  tag,
  displayName,
});

const declaring = (...names: readonly string[]): Declared => ({ names: new Set(names), now: NOW });

/** As a run leaves it that died before the receipt. */
function begun(name: string, tag: string): KeyRecord {
  const { secret: _, ...rest } = aSecretRecord({}, name);
  return { ...rest, secretIntent: { tag, displayName: "Partner", run: "run1", at: at(0) } };
}

test("only what the ledger has a receipt for is ours, whatever its tag", () => {
  const all = [live("secret_2", "b"), live("secret_1", "a")];
  expect(splitSecrets(all, recordsOf(aSecretRecord(), aRecord()), declaring())).toEqual({
    owned: [{ ...live("secret_1", "a"), name: "partner" }],
    foreign: ["b"],
  });
});

test("I4: what was begun is known by its tag and its name together: another one of the tag is a stranger's", () => {
  const records = recordsOf(begun("partner", "a"));
  expect(splitSecrets([live("x", "a")], records, declaring("partner")).owned.map(({ name }) => name)).toEqual(
    ["partner"],
  );
  expect(splitSecrets([live("x", "a", "Made by hand")], records, declaring("partner"))).toEqual({
    owned: [],
    foreign: ["a"],
  });
  expect(splitSecrets([live("x", "b")], records, declaring("partner"))).toEqual({
    owned: [],
    foreign: ["b"],
  });
});

test("I4: an intent alone counts while its manifest stays and its create may still come late, and no longer", () => {
  const records = recordsOf(begun("partner", "a"));
  const ownedAt = (ms: number, names: readonly string[]) =>
    splitSecrets([live("x", "a")], records, { names: new Set(names), now: new Date(Date.parse(at(0)) + ms) })
      .owned.length;
  expect(ownedAt(LATE_CREATE_MS - 1, ["partner"])).toBe(1);
  expect(ownedAt(LATE_CREATE_MS, ["partner"])).toBe(0);
  expect(ownedAt(0, ["other"])).toBe(0);
});

test("a receipt counts before an intent, and the owned come by name", () => {
  const records = recordsOf(begun("a", "t"), aSecretRecord({}, "z"), begun("b", "u"));
  const { owned } = splitSecrets([live("secret_1", "t"), live("other", "u")], records, declaring("a", "b"));
  expect(owned.map(({ name, id }) => [name, id])).toEqual([
    ["b", "other"],
    ["z", "secret_1"],
  ]);
});

test("the ledger tells whether there is anything to look for", () => {
  expect(hasSecretRecords(recordsOf(aRecord()))).toBe(false);
  expect(hasSecretRecords(recordsOf(aRecord(), aSecretRecord()))).toBe(true);
  expect(hasSecretRecords(recordsOf(begun("partner", "a")))).toBe(false);
});
