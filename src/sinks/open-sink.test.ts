import { expect, test } from "vitest";
import { describeSlot, openSink } from "./open-sink.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };

test("a driver is opened by its name", async () => {
  const sink = await openSink("file", { directory: "secrets", clock });
  expect(sink.capabilities.readable).toBe(true);
});

const names = (format: "raw" | "dotenv" | "json") =>
  describeSlot("file", { directory: "secrets", format }).map(({ name }) => name);

test("the paths that a file sink keeps for itself are described as such, and no others", () => {
  const path = describeSlot("file", { directory: "secrets" }).find(({ isPath }) => isPath);
  const own = [
    ".pending",
    ".pending/x",
    ".PENDING/x",
    ".keywright.lock",
    ".keywright.lock/x",
    "ci/.kw-0123456789abcdef.tmp",
    ".kw-0123456789abcdef.tmp/x",
  ];
  const free = [
    "ci/scanner",
    "ci/.pending",
    ".pendings",
    "pending/x",
    "ci/.keywright.lock",
    "a.kw-0123456789abcdef.tmp",
  ];
  expect(own.filter((each) => !path?.reserved?.test(each))).toEqual([]);
  expect(free.filter((each) => path?.reserved?.test(each))).toEqual([]);
});

test("a file slot has a path, and a field exactly where the format has fields", () => {
  expect(names("raw")).toEqual(["path"]);
  expect(names("dotenv")).toEqual(["path", "field"]);
  expect(names("json")).toEqual(["path", "field"]);
  expect(describeSlot("file", { directory: "secrets" })).toHaveLength(1);
});
