import { expect, test } from "vitest";
import { aDesiredKey, aLiveKey, SLOT } from "./a-key.fixture.ts";
import { aSecret, anOwnedSecret, factsBeside, type NeighbourParts } from "./a-secret.fixture.ts";
import type { Change } from "./change.ts";
import { diffSecrets, writtenSlots } from "./diff-secret.ts";
import { refOf } from "./change.ts";

const SETTLED: NeighbourParts = {
  secrets: [aSecret()],
  liveSecrets: { owned: [anOwnedSecret()] },
  values: { partner: { type: "same" } },
};

const differenceOf = (parts: NeighbourParts, changes: readonly Change[] = []) =>
  diffSecrets(factsBeside({ ...SETTLED, ...parts }), changes);

test("what is as declared, with the value that it got last, needs nothing", () => {
  expect(differenceOf({})).toEqual({ changes: [], blocked: [] });
});

test("without any secret there is nothing to do", () => {
  expect(diffSecrets(factsBeside(), [])).toEqual({ changes: [], blocked: [] });
});

test("one that is not there is created, however its slot compares with a receipt of old", () => {
  for (const type of ["new", "same", "changed"] as const) {
    const { changes } = differenceOf({ liveSecrets: {}, values: { partner: { type } } });
    expect(changes).toEqual([{ action: "create", kind: "Secret", name: "partner", desired: aSecret() }]);
  }
});

test("name and value change apart, and of a value is only said that it changed", () => {
  const { changes } = differenceOf({
    secrets: [aSecret({ displayName: "Partner's token" })],
    values: { partner: { type: "changed" } },
  });
  const update = {
    action: "update",
    kind: "Secret",
    name: "partner",
    desired: aSecret({ displayName: "Partner's token" }),
    current: { id: "secret_1", tag: "partner_token" },
  };
  expect(changes).toEqual([
    { ...update, fields: [{ field: "displayName", from: "Partner", to: "Partner's token" }] },
    { ...update, fields: [{ field: "value", to: "changed" }] },
  ]);
});

test("one whose receipt was never written gets its value again: nobody knows which one it has", () => {
  const { changes } = differenceOf({ values: { partner: { type: "new" } } });
  expect(changes).toMatchObject([{ action: "update", fields: [{ field: "value", to: "changed" }] }]);
});

test("one that no manifest declares any longer is revoked, by its id", () => {
  const { changes } = differenceOf({
    secrets: [aSecret({ name: "z", tag: "z" })],
    values: { z: { type: "new" } },
  });
  expect(changes).toEqual([
    expect.objectContaining({ action: "create", name: "z" }),
    { action: "revoke", kind: "Secret", name: "partner", secret: { id: "secret_1", tag: "partner_token" } },
  ]);
});

test("the order of manifests does not show", () => {
  const secrets = ["b", "c", "a"].map((name) => aSecret({ name, tag: name }));
  const values = { a: { type: "new" }, b: { type: "new" }, c: { type: "new" } } as const;
  const { changes } = differenceOf({ secrets, values, liveSecrets: {} });
  expect(changes.map(({ name }) => name)).toEqual(["a", "b", "c"]);
});

test.each<readonly [string, NeighbourParts, string, string]>([
  [
    "a tag that somebody else has",
    { liveSecrets: { foreign: ["partner_token"] } },
    "SECRET_FOREIGN",
    "a secret of the tag partner_token exists and is not ours",
  ],
  [
    "another tag than the one in the store",
    { secrets: [aSecret({ tag: "other" })] },
    "SECRET_TAG_FIXED",
    "its tag is partner_token in the store, and a tag never changes",
  ],
  [
    "the tag of one of ours with another name",
    { secrets: [aSecret({ name: "renamed" })], values: { renamed: { type: "new" } } },
    "SECRET_TAG_TAKEN",
    "the tag partner_token is that of partner, which this instance made",
  ],
  [
    "an empty slot",
    { values: { partner: { type: "empty" } } },
    "SECRET_SOURCE_EMPTY",
    "local: path=partner/token is empty",
  ],
  [
    "a slot that nobody looked at",
    { values: {} },
    "SECRET_SOURCE_EMPTY",
    "local: path=partner/token is empty",
  ],
  [
    "a slot of a sink that cannot be read",
    { values: { partner: { type: "blind" } } },
    "SECRET_SOURCE_UNREADABLE",
    "local: path=partner/token never gives a value back",
  ],
  [
    "a slot that could not be read",
    { values: { partner: { type: "unreadable", message: "no route" } } },
    "SECRET_SOURCE_UNREADABLE",
    "local: path=partner/token could not be read: no route",
  ],
])("%s is told at its manifest, and nothing is done", (_name, parts, code, message) => {
  const { changes, blocked } = differenceOf(parts);
  expect(changes).toEqual([]);
  expect(blocked).toMatchObject([{ kind: "Secret", code, message, at: aSecret().origin }]);
  expect(blocked[0]?.hint).not.toBe("");
});

test("what a sink advises where a value cannot be read is told, and nothing else", () => {
  const hint = "make it private: chmod 600 /x";
  const { blocked } = differenceOf({ values: { partner: { type: "unreadable", message: "m", hint } } });
  expect(blocked[0]?.hint).toBe(hint);
});

test("a foreign tag is no matter for one that is ours already", () => {
  const owned = [anOwnedSecret()];
  expect(differenceOf({ liveSecrets: { owned, foreign: ["partner_token", "x"] } }).blocked).toEqual([]);
});

const CURRENT = refOf(aLiveKey());
const FROM_KEY = aSecret({ valueFrom: SLOT });
const WRITERS: readonly (readonly [string, Change])[] = [
  ["a create", { action: "create", kind: "ApiKey", name: "scanner", desired: aDesiredKey(), reasons: [] }],
  [
    "a rotation",
    {
      action: "rotate",
      kind: "ApiKey",
      name: "scanner",
      desired: aDesiredKey(),
      current: CURRENT,
      reasons: [],
      fields: [],
    },
  ],
  [
    "a copy",
    {
      action: "update",
      kind: "ApiKey",
      name: "scanner",
      desired: aDesiredKey(),
      current: CURRENT,
      fields: [],
      copyTo: [SLOT],
      removeFrom: [],
    },
  ],
];

test.each(WRITERS)(
  "%s that writes the slot in the same run brings the value, also to an empty slot",
  (_name, change) => {
    expect(writtenSlots([change])).toEqual(new Map([["local: path=ci/scanner", "scanner"]]));
    const { changes, blocked } = differenceOf(
      { secrets: [FROM_KEY], values: { partner: { type: "empty" } } },
      [change],
    );
    expect(blocked).toEqual([]);
    expect(changes).toMatchObject([{ action: "update", fields: [{ field: "value", to: "changed" }] }]);
    const same = differenceOf({ secrets: [FROM_KEY] }, [change]);
    expect(same.changes).toMatchObject([{ action: "update" }]);
  },
);

test("changes that write no slot bring no value", () => {
  const revoke = {
    action: "revoke",
    kind: "ApiKey",
    name: "scanner",
    key: CURRENT,
    reason: "removed",
    protected: false,
  } as const;
  const role = { action: "revoke", kind: "Role", name: "scanner" } as const;
  expect(writtenSlots([revoke, role])).toEqual(new Map());
  expect(differenceOf({ secrets: [FROM_KEY] }, [revoke, role]).changes).toEqual([]);
});
