import { expect, test } from "vitest";
import { keyText } from "./key-text.ts";
import { Secret } from "./secret.ts";
import { hasTail, tailOf, withKeyId } from "./secret-tail.ts";

test("a value shows its last four characters, and the id that stands before a colon", () => {
  expect(tailOf(Secret.of("kw_live_abcdwxyz"))).toEqual({ last4: "wxyz" });
  expect(tailOf(Secret.of("87:Sesame-Sesame"))).toEqual({ last4: "same", keyId: "87" });
  expect(tailOf(Secret.of("not:an-id-at-all"))).toEqual({ last4: "-all" });
});

test("a key and its id become the value that is delivered", () => {
  expect(withKeyId("87", Secret.of("Sesame-Sesame")).reveal()).toBe("87:Sesame-Sesame");
});

test("a value belongs to a key by its end, and by its id only where the store tells no end", () => {
  const value = tailOf(Secret.of("87:Sesame-Sesame"));
  expect(hasTail({ id: "ak1", last4: "same" }, value)).toBe(true);
  expect(hasTail({ id: "87", last4: "else" }, value)).toBe(false);
  expect(hasTail({ id: "87" }, value)).toBe(true);
  expect(hasTail({ id: "88" }, value)).toBe(false);
  expect(hasTail({ id: "87" }, tailOf(Secret.of("kw_live_abcdwxyz")))).toBe(false);
});

test("a key is named by its id, with its end where there is one", () => {
  expect(keyText({ id: "ak1", last4: "f3a9" })).toBe("ak1 (…f3a9)");
  expect(keyText({ id: "87" })).toBe("87");
});
