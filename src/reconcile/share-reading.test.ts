import { expect, test } from "vitest";
import { shareReading } from "./share-reading.ts";

interface Reading {
  readonly finish: (value: string) => void;
  readonly fail: (error: Error) => void;
}

function readings() {
  const begun: Reading[] = [];
  const shared = shareReading(() => new Promise<string>((finish, fail) => void begun.push({ finish, fail })));
  return { begun, expectOne: () => shared.expect() };
}

test("all who are expected side by side share one reading, which begins after the last question", async () => {
  const { begun, expectOne } = readings();
  const askers = [expectOne(), expectOne(), expectOne()];
  const answers = askers.slice(0, 2).map((each) => each.ask());
  expect(begun).toHaveLength(0);
  answers.push(...askers.slice(2).map((each) => each.ask()));
  expect(begun).toHaveLength(1);
  begun[0]?.finish("all");
  expect(await Promise.all(answers)).toEqual(["all", "all", "all"]);
});

test("nobody waits for one who has left", async () => {
  const { begun, expectOne } = readings();
  const [asking, leaving] = [expectOne(), expectOne()];
  const answer = asking.ask();
  leaving.leave();
  leaving.leave();
  begun[0]?.finish("there");
  expect(await answer).toBe("there");
  expect(begun).toHaveLength(1);
});

test("when all have left, nothing is read", () => {
  const { begun, expectOne } = readings();
  expectOne().leave();
  expect(begun).toHaveLength(0);
});

test("who is expected while a reading is under way gets one of their own", async () => {
  const { begun, expectOne } = readings();
  const first = expectOne().ask();
  const second = expectOne().ask();
  expect(begun).toHaveLength(2);
  begun[1]?.finish("after");
  begun[0]?.finish("before");
  expect(await Promise.all([first, second])).toEqual(["before", "after"]);
});

test("a reading that fails fails for all who share it, and takes no other down", async () => {
  const { begun, expectOne } = readings();
  const askers = [expectOne(), expectOne()];
  const answers = askers.map((each) => each.ask());
  begun[0]?.fail(new Error("unreachable"));
  for (const answer of answers) await expect(answer).rejects.toThrow("unreachable");
  const next = expectOne().ask();
  begun[1]?.finish("there");
  expect(await next).toBe("there");
});
