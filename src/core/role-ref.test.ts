import { expect, test } from "vitest";
import { renderRole, renderRoles } from "./role-ref.ts";

const READER = { type: "default", role: "READ_ONLY" } as const;
const EDITOR = { type: "custom", tag: "editor" } as const;

test("a default role is written by its name, a custom one by its tag", () => {
  expect(renderRole(READER)).toBe("READ_ONLY");
  expect(renderRole(EDITOR)).toBe("custom:editor");
});

test("a custom role never reads like a default role of the same name", () => {
  expect(renderRole({ type: "custom", tag: "ADMIN" })).not.toBe(
    renderRole({ type: "default", role: "ADMIN" }),
  );
});

test("the order and repetition of roles mean nothing", () => {
  expect(renderRoles([EDITOR, READER, EDITOR])).toEqual(["READ_ONLY", "custom:editor"]);
});
