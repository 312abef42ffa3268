import { expect, test } from "vitest";
import { nearNames } from "./near-names.ts";

const ROLES = ["Viewer", "Investigator", "Responder", "Deployment Admin", "Public API Action"];

test("a few names are all told, in their order", () => {
  expect(nearNames(["x"], ROLES, 5)).toEqual(ROLES);
});

test("of many names those are told that are like what was asked for", () => {
  expect(nearNames(["public-api"], ROLES, 1)).toEqual(["Public API Action"]);
  expect(nearNames(["Viewr", "responders"], ROLES, 2)).toEqual(["Responder", "Viewer"]);
  expect(nearNames(["", "x"], ROLES, 2)).toEqual(["Viewer", "Investigator"]);
});
