import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { Secret } from "../../core/secret.ts";
import { createNonce, signRequest } from "./sign-request.ts";

const KEY = Secret.of("CORTEX-TEST-KEY-0001");

test("a signature is the one of the reference", () => {
  const credential = { keyId: "87", key: KEY, securityLevel: "advanced" } as const;
  expect(signRequest(credential, "A".repeat(64), 1_700_000_000_000)).toEqual({
    "x-xdr-auth-id": "87",
    "x-xdr-nonce": "A".repeat(64),
    "x-xdr-timestamp": "1700000000000",
    authorization: "d957d10e64b5c0222ade9bf0b42837e80cbd63ffc4181c3bb918fa9f6f1312fc",
  });
});

test("a standard key is shown as it is, without Bearer", () => {
  const credential = { keyId: "87", key: KEY, securityLevel: "standard" } as const;
  expect(signRequest(credential, "A".repeat(64), 0)).toEqual({
    "x-xdr-auth-id": "87",
    authorization: "CORTEX-TEST-KEY-0001",
  });
});

test("a nonce has 64 letters and digits, bytes that would favour some are thrown away", () => {
  expect(createNonce({ bytes: (length) => randomBytes(length) })).toMatch(/^[A-Za-z0-9]{64}$/);
  let calls = 0;
  const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(calls++ === 0 ? 255 : 61);
  expect(createNonce({ bytes })).toBe("9".repeat(64));
});
