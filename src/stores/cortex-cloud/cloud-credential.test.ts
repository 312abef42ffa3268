import { expect, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import { cloudCredentialOf } from "./cloud-credential.ts";

const read = (text: string, keyId?: number) => {
  const settings = { securityLevel: "advanced", ...(keyId !== undefined && { keyId }) } as const;
  const { key, ...rest } = cloudCredentialOf(Secret.of(text), settings);
  return { ...rest, key: key.reveal() };
};

const expected = { keyId: "87", key: "AbC", securityLevel: "advanced" };

test("a credential is a key with its id beside it, or the text that is delivered", () => {
  expect(read("AbC", 87)).toEqual(expected);
  expect(read("87:AbC")).toEqual(expected);
  expect(read("87:AbC", 87)).toEqual(expected);
});

test("two ids, or none, are refused with what to do; the key is not said", () => {
  expect(() => read("88:AbC", 87)).toThrow("store.keyId says 87, and the credential begins with 88:.");
  expect(() => read("AbC")).toThrow("Nothing says which key the credential of the tenant is.");
});
