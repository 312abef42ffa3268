import { expect, test } from "vitest";
import { describeSlot, openSink } from "./open-sink.ts";

const clock = { now: () => new Date("2026-11-21T08:15:00Z") };

test("a driver is opened by its name", async () => {
  const sink = await openSink("file", { directory: "secrets", clock });
  expect(sink.capabilities.readable).toBe(true);
});

const names = (format: "raw" | "dotenv" | "json") =>
  describeSlot("file", { directory: "secrets", format }).map(({ name }) => name);

test("a file slot has a path, and a field exactly where the format has fields", () => {
  expect(names("raw")).toEqual(["path"]);
  expect(names("dotenv")).toEqual(["path", "field"]);
  expect(names("json")).toEqual(["path", "field"]);
  expect(describeSlot("file", { directory: "secrets" })).toHaveLength(1);
});
