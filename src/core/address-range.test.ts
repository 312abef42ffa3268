import { expect, test } from "vitest";
import { canonicalAddress, holdsRange, parseLooseRange, parseRange, renderRange } from "./address-range.ts";

const canonical = (text: string): string => {
  const range = parseRange(text);
  return "fault" in range ? `fault: ${range.fault}` : renderRange(range);
};
const rangeOf = (text: string) => {
  const range = parseRange(text);
  if ("fault" in range) throw new Error(`${text} ${range.fault}`);
  return range;
};

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["192.0.2.1/32", "192.0.2.1"],
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["2001:0db8::0001", "2001:db8::1"],
  ["2001:db8::1/128", "2001:db8::1"],
  ["2001:db8::/32", "2001:db8::/32"],
  ["8000::/1", "8000::/1"],
  ["::1", "::1"],
  ["::", "::"],
  ["1::", "1::"],
  // One zero group stays; the longest run is shortened, the first of equals.
  ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
  ["10:0:0:20::30", "10:0:0:20::30"],
  ["::1.2.3.4", "::102:304"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  // An IPv4-mapped address is an IPv4 address, however it is written.
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:c000:0201", "192.0.2.1"],
  ["0:0:0:0:0:ffff:10.0.0.0/104", "10.0.0.0/8"],
])("the range %s has the one spelling %s", (text, expected) => {
  expect(canonical(text)).toBe(expected);
});

const NO_ADDRESS = "must be an IPv4 or IPv6 address, or a range such as 192.0.2.0/24";
const ALL = "must not hold every address that there is";
test.each([
  ["", NO_ADDRESS],
  ["example.com", NO_ADDRESS],
  ["10.0.0", NO_ADDRESS],
  ["10.1/16", NO_ADDRESS],
  ["010.0.0.1", NO_ADDRESS],
  ["0x0a.0.0.1", NO_ADDRESS],
  ["167772161", NO_ADDRESS],
  ["10.0.0.256", NO_ADDRESS],
  [" 10.0.0.1", NO_ADDRESS],
  ["10.0.0.1\n", NO_ADDRESS],
  ["10.0.0.1:443", NO_ADDRESS],
  ["[2001:db8::1]", NO_ADDRESS],
  ["2001:db8:::1", NO_ADDRESS],
  ["fe80::1%eth0", NO_ADDRESS],
  ["fe80::%eth0/10", NO_ADDRESS],
  ["10.0.0.0/255.0.0.0", NO_ADDRESS],
  ["10.0.0.0-10.0.0.9", NO_ADDRESS],
  ["10.0.0.0/", NO_ADDRESS],
  ["10.0.0.0/08", NO_ADDRESS],
  ["10.0.0.0/+8", NO_ADDRESS],
  ["10.0.0.0/-8", NO_ADDRESS],
  ["10.0.0.0/8/8", NO_ADDRESS],
  ["10.0.0.0/33", "has a prefix longer than 32"],
  ["2001:db8::/129", "has a prefix longer than 128"],
  ["10.1.2.3/8", "has bits set beyond its prefix; the range is 10.0.0.0/8"],
  ["2001:db8::1/64", "has bits set beyond its prefix; the range is 2001:db8::/64"],
  ["::ffff:10.1.2.3/104", "has bits set beyond its prefix; the range is 10.0.0.0/8"],
  ["::ffff:0:0/80", "has bits set beyond its prefix; the range is ::/80"],
  ["0.0.0.0/0", ALL],
  ["10.0.0.0/0", ALL],
  ["::/0", ALL],
  ["::ffff:0:0/96", ALL],
])("%j is no range: it %s", (text, fault) => {
  expect(canonical(text)).toBe(`fault: ${fault}`);
});

test.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["::FFFF:7f00:1", "127.0.0.1"],
  ["fe80::1%eth0", "fe80::1"],
  ["FE80:0::1%1", "fe80::1"],
  ["fe80::1%a\nb", undefined],
  ["", undefined],
  ["unknown", undefined],
  ["127.0.0.1%eth0", undefined],
  ["1.2.3.4:80", undefined],
  ["_hidden", undefined],
])("a peer at %j is at %s", (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected);
});

test.each([
  ["10.1.2.3/8", "10.0.0.0/8"],
  ["10.0.0.0/8", "10.0.0.0/8"],
  ["0.0.0.0/0", "0.0.0.0/0"],
  ["2001:DB8::1/64", "2001:db8::/64"],
  ["10.0.0.0/33", undefined],
  ["anywhere", undefined],
])("what a store lists as %s is read as %s", (text, expected) => {
  const range = parseLooseRange(text);
  expect(range && renderRange(range)).toBe(expected);
});

test.each([
  ["10.0.0.0/8", "10.1.2.3", true],
  ["10.0.0.0/8", "10.0.0.0/8", true],
  ["10.0.0.0/8", "10.128.0.0/9", true],
  ["10.0.0.0/9", "10.0.0.0/8", false],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["192.0.2.1", "192.0.2.1", true],
  ["2001:db8::/32", "2001:db8:1::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["8000::/1", "192.0.2.1", false],
])("%s holds %s: %s", (outer, inner, expected) => {
  expect(holdsRange(rangeOf(outer), rangeOf(inner))).toBe(expected);
});
