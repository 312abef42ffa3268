import { isIPv6 } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalAddress, parseRange, renderRange } from "../../core/address-range.ts";
import { AddressSet } from "./address-set.ts";

const canonical = (text: string): string => {
  const range = parseRange(text);
  return "fault" in range ? `fault: ${range.fault}` : renderRange(range);
};
const rangeOf = (text: string) => {
  const range = parseRange(text);
  if ("fault" in range) throw new Error(`${text} ${range.fault}`);
  return range;
};

const SEED = { numRuns: 2000 };
const ipv4 = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255))).map((parts) => parts.join("."));
const group = fc.oneof(fc.constant(0), fc.nat(0xffff));
const ipv6Groups = fc.array(group, { minLength: 8, maxLength: 8 });
const bits = (groups: readonly number[], width: number): string =>
  groups.map((part) => part.toString(2).padStart(width, "0")).join("");
const isMapped = (groups: readonly number[]): boolean =>
  groups.slice(0, 5).every((part) => part === 0) && groups[5] === 0xffff;

/** All the ways to write one IPv6 address: long, with zeros, upper-case, `::` at some run, a dotted tail. */
const spelled = fc
  .record({
    groups: ipv6Groups,
    pad: fc.boolean(),
    upper: fc.boolean(),
    dotted: fc.boolean(),
    cut: fc.nat(7),
  })
  .map(({ groups, pad, upper, dotted, cut }) => {
    const hex = groups.map((part) => part.toString(16).padStart(pad ? 4 : 1, "0"));
    const [high = 0, low = 0] = groups.slice(6);
    const tail = [high >> 8, high & 255, low >> 8, low & 255].join(".");
    const parts = dotted ? [...hex.slice(0, 6), tail] : hex;
    let end = cut;
    while (end < (dotted ? 6 : 8) && groups[end] === 0) end += 1;
    const text =
      end === cut ? parts.join(":") : `${parts.slice(0, cut).join(":")}::${parts.slice(end).join(":")}`;
    return { groups, text: upper ? text.toUpperCase() : text };
  });

test("every spelling of an address gives the same canonical one, which a URL has too", () => {
  fc.assert(
    fc.property(spelled, ({ groups, text }) => {
      expect(isIPv6(text)).toBe(true);
      const long = groups.map((part) => part.toString(16)).join(":");
      const once = canonicalAddress(text) ?? "";
      expect([once, canonical(text), canonicalAddress(once)]).toEqual([canonicalAddress(long), once, once]);
      if (isMapped(groups)) return;
      expect(`[${once}]`).toBe(new URL(`http://[${long}]/`).hostname);
    }),
    SEED,
  );
});

/** A range near an address, so that both answers are common. */
const flipped = (text: string, at: number | undefined): string =>
  at === undefined ? text : `${text.slice(0, at)}${text[at] === "0" ? "1" : "0"}${text.slice(at + 1)}`;

function textOf(binary: string): string {
  const width = binary.length === 32 ? 8 : 16;
  const parts = binary.match(new RegExp(`.{${width}}`, "g")) ?? [];
  return parts.map((part) => parseInt(part, 2).toString(width === 8 ? 10 : 16)).join(width === 8 ? "." : ":");
}

test.each([
  ["IPv4", ipv4.map((text) => bits(text.split(".").map(Number), 8))],
  ["IPv6", ipv6Groups.filter((groups) => !isMapped(groups)).map((groups) => bits(groups, 16))],
])("an %s address is in a range when their bits agree up to the prefix", (_name, addresses) => {
  fc.assert(
    fc.property(
      addresses,
      fc.integer({ min: 1, max: 128 }),
      fc.option(fc.nat(127), { nil: undefined }),
      (address, size, flip) => {
        const prefix = ((size - 1) % address.length) + 1;
        const other = flipped(address, flip === undefined ? undefined : flip % address.length);
        const network = other.slice(0, prefix).padEnd(address.length, "0");
        // Mapped addresses are of the other family.
        fc.pre(!/^0{80}1{16}/.test(network) || network.length === 32);
        const set = new AddressSet([rangeOf(`${textOf(network)}/${prefix}`)]);
        const expected = address.slice(0, prefix) === network.slice(0, prefix);
        expect(set.has(canonicalAddress(textOf(address)) ?? "")).toBe(expected);
      },
    ),
    SEED,
  );
});

test("text that is no address never throws, and is in no range", () => {
  const set = new AddressSet([
    rangeOf("0.0.0.0/1"),
    rangeOf("128.0.0.0/1"),
    rangeOf("::/1"),
    rangeOf("8000::/1"),
  ]);
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:./%]{0,45}$/));
  fc.assert(
    fc.property(text, (garbage) => {
      const address = canonicalAddress(garbage);
      expect(set.has(address ?? garbage)).toBe(address !== undefined);
      const once = canonical(garbage);
      expect(once.startsWith("fault: ") || canonical(once) === once).toBe(true);
    }),
    { numRuns: 5000 },
  );
});

test("no IPv6 range holds an IPv4 address, in whichever way that is written", () => {
  const set = new AddressSet([rangeOf("::/1")]);
  expect(set.has("::1")).toBe(true);
  expect(set.has("192.0.2.1")).toBe(false);
  expect(set.has(canonicalAddress("::ffff:192.0.2.1") ?? "")).toBe(false);
});
