import { expect, test } from "vitest";
import { shareReading } from "./share-reading.ts";

interface Reading {
  readonly finish: (value: string) => void;
  readonly fail: (error: Error) => void;
}

function readings(): { readonly begun: Reading[]; readonly ask: () => Promise<string> } {
  const begun: Reading[] = [];
  const ask = shareReading(() => new Promise<string>((finish, fail) => void begun.push({ finish, fail })));
  return { begun, ask };
}

/** Lets what is settled settle. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("all who ask while a reading is under way share the one after it", async () => {
  const { begun, ask } = readings();
  const first = ask();
  const later = [ask(), ask(), ask()];
  begun[0]?.finish("before");
  expect(await first).toBe("before");
  await settled();
  expect(begun).toHaveLength(2);
  begun[1]?.finish("after");
  expect(await Promise.all(later)).toEqual(["after", "after", "after"]);
});

test("a reading that fails does not take the next one down", async () => {
  const { begun, ask } = readings();
  const first = ask();
  const second = ask();
  begun[0]?.fail(new Error("unreachable"));
  await expect(first).rejects.toThrow("unreachable");
  await settled();
  begun[1]?.finish("there");
  expect(await second).toBe("there");
});

test("who asks when nobody reads begins a reading at once", async () => {
  const { begun, ask } = readings();
  const first = ask();
  begun[0]?.finish("one");
  await first;
  const second = ask();
  expect(begun).toHaveLength(2);
  begun[1]?.finish("two");
  expect(await second).toBe("two");
});
