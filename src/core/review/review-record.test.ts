import { expect, test } from "vitest";
import { aDesiredKey } from "../a-key.fixture.ts";
import type { Change } from "../change.ts";
import { aPlan, someFacts } from "../some-facts.fixture.ts";
import { changesDigest, reviewLines } from "./changes-digest.ts";
import { decodeReview, encodeReview } from "./review-record.ts";

const fresh = (...names: readonly string[]) =>
  aPlan(
    someFacts({
      keys: names.map((name) => aDesiredKey({ name, deliverTo: [{ sink: "local", path: name }] })),
      live: [],
      records: [],
      slots: [],
    }),
  );
const creation = (name: string): Change => ({
  action: "create",
  kind: "ApiKey",
  name,
  desired: aDesiredKey({ name }),
  reasons: [],
});

test("what is written into a check is read back from it", () => {
  const plan = fresh("b", "a");
  const record = encodeReview(plan);
  expect(record.externalId).toBe(`keywright:v1:acme:${changesDigest(plan.changes)}`);
  const read = decodeReview(record, "acme");
  expect(read).toEqual({ changesDigest: changesDigest(plan.changes), lines: reviewLines(plan.changes) });
  expect(read?.lines).toHaveLength(2);
  const crlf = { ...record, text: record.text.replaceAll("\n", "\r\n") };
  expect(decodeReview(crlf, "acme")).toEqual(read);
});

test("the fields of a key stand in its line", () => {
  const changes = [{ ...creation("a"), action: "update", fields: [{ field: "scope.assets" }], copyTo: [] }];
  const record = encodeReview({ instance: "acme", changes: changes as unknown as Change[] });
  expect(decodeReview(record, "acme")?.lines).toEqual([expect.stringMatching(/ scope\.assets$/)]);
});

test("a plan without changes is a review of none", () => {
  expect(decodeReview(encodeReview({ instance: "acme", changes: [] }), "acme")).toMatchObject({ lines: [] });
});

test("another instance's review is none, and neither is what anybody else wrote", () => {
  const { text, externalId } = encodeReview(fresh("a"));
  expect(decodeReview({ externalId, text }, "acm")).toBeUndefined();
  expect(decodeReview({ externalId, text }, "acme-2")).toBeUndefined();
  for (const other of ["", "keywright:v1:acme:", `${externalId}0`, externalId.replace("v1", "v2")])
    expect(decodeReview({ externalId: other, text }, "acme")).toBeUndefined();
});

test("a text that was cut or edited has no lines", () => {
  const { text, externalId } = encodeReview(fresh("a", "b"));
  const lines = text.split("\n");
  const [, , , first = ""] = lines;
  for (const edited of [
    "",
    text.replace(first, ""),
    text.replace(first, `${first}\n${first}`),
    text.slice(0, 150),
  ])
    expect(decodeReview({ externalId, text: edited }, "acme")).toMatchObject({ lines: undefined });
});

test("more lines than a check can hold are not kept, and the digest of them all is", () => {
  const changes = Array.from({ length: 900 }, (_, i) => creation(`a-key-with-a-rather-long-name-${i}`));
  const record = encodeReview({ instance: "acme", changes });
  expect(record.text.length).toBeLessThan(200);
  expect(decodeReview(record, "acme")).toEqual({ changesDigest: changesDigest(changes), lines: undefined });
  expect(encodeReview({ instance: "acme", changes: changes.slice(0, 500) }).text.length).toBeLessThan(65_536);
});
