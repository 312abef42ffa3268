import { isIPv4, isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isIpv4, isIpv6 } from "./address-text.ts";

const TEXTS = [
  ["", "1.2.3.4", "01.2.3.4", "1.2.3", "1.2.3.4.5", "256.1.1.1", "0.0.0.0", "255.255.255.255", "1.2.3.4 "],
  ["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::"],
  [
    "1::2::3",
    ":::",
    ":1",
    "1:",
    "::ffff:1.2.3.4",
    "1.2.3.4::",
    "1:2:3:4:5:6:1.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
  ],
  ["1::1.2.3.4:1", "g::", "12345::", "::1.2.3", "ABCD:ef01::", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8"],
].flat();

test.each(TEXTS)("%j is what node:net says it is", (text) => {
  expect([isIpv4(text), isIpv6(text)]).toEqual([isIPv4(text), isIPv6(text)]);
});

test("whatever is made of the parts of addresses is judged as node:net judges it", () => {
  const part = fc.constantFrom(
    ":",
    "::",
    ".",
    "0",
    "1",
    "ff",
    "255",
    "256",
    "10.0.0.1",
    "abcd",
    "g",
    "00",
    "12345",
  );
  const text = fc.array(part, { maxLength: 18 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(text, fc.ipV6(), fc.ipV4()), (each) => {
      expect([isIpv4(each), isIpv6(each)]).toEqual([isIPv4(each), isIPv6(each)]);
    }),
    { numRuns: 3_000 },
  );
});
