import { expect, test } from "vitest";
import { tenantUrl } from "./tenant-url.ts";

const ACME = "https://api-acme.xdr.eu.paloaltonetworks.com";

test.each([
  [ACME, ACME],
  [`${ACME}/`, ACME],
  ["api-acme.xdr.eu.paloaltonetworks.com", ACME],
  ["acme.xdr.eu.paloaltonetworks.com", ACME],
  ["https://acme.xdr.eu.paloaltonetworks.com//", ACME],
  ["HTTPS://Acme.XDR.eu.paloaltonetworks.com/", ACME],
  ["http://127.0.0.1:4180", "http://127.0.0.1:4180"],
  ["http://localhost:4180/", "http://localhost:4180"],
  ["keys.acme.example/cloud/", "https://keys.acme.example/cloud"],
  ["https://paloaltonetworks.com.evil.example", "https://paloaltonetworks.com.evil.example"],
  ["https://", "https://"],
  ["a b", "a b"],
])("%s is asked at %s", (written, asked) => {
  expect(tenantUrl(written)).toBe(asked);
  expect(tenantUrl(asked)).toBe(asked);
});
