/**
 * IP addresses and CIDR ranges, each with one spelling: IPv6 as RFC 5952 writes it, an IPv4-mapped address as the
 * IPv4 address that it is, a range of one address without its prefix.
 */

import { isIpv4, isIpv6 } from "./address-text.ts";

export interface AddressRange {
  readonly family: "ipv4" | "ipv6";
  /** Its first address, as a number. */
  readonly first: bigint;
  readonly prefix: number;
}

export interface RangeFault {
  readonly fault: string;
}

const BITS = { ipv4: 32, ipv6: 128 } as const;
const RANGE = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/;
const GROUPS = 8;

/** Strict: what people could read in two ways (leading zeros, bits beyond the prefix, zone ids) is a fault. */
export function parseRange(text: string): AddressRange | RangeFault {
  const read = readRange(text);
  if ("fault" in read) return read;
  const { range, isExact } = read;
  if (range.prefix === 0) return { fault: "must not hold every address that there is" };
  if (isExact) return range;
  return { fault: `has bits set beyond its prefix; the range is ${renderRange(range)}` };
}

/** As somebody else wrote it: bits beyond the prefix are left out. Undefined when it is no range. */
export function parseLooseRange(text: string): AddressRange | undefined {
  const read = readRange(text);
  return "fault" in read ? undefined : read.range;
}

function readRange(text: string): { readonly range: AddressRange; readonly isExact: boolean } | RangeFault {
  const [, addressText = "", prefixText] = RANGE.exec(text) ?? [];
  const address = parseNumber(addressText);
  if (!address) return { fault: "must be an IPv4 or IPv6 address, or a range such as 192.0.2.0/24" };
  const { family, value } = address;
  const prefix = prefixText === undefined ? BITS[family] : Number(prefixText);
  if (prefix > BITS[family]) return { fault: `has a prefix longer than ${BITS[family]}` };
  const beyond = BITS[family] - prefix;
  const first = (value >> BigInt(beyond)) << BigInt(beyond);
  return { range: unmapped({ family, first, prefix }), isExact: first === value };
}

/** Whether every address of `inner` is in `outer`. */
export function holdsRange(outer: AddressRange, inner: AddressRange): boolean {
  if (outer.family !== inner.family || outer.prefix > inner.prefix) return false;
  const beyond = BigInt(BITS[outer.family] - outer.prefix);
  return outer.first >> beyond === inner.first >> beyond;
}

/** Its last address, as a number. */
export const rangeEnd = ({ family, first, prefix }: AddressRange): bigint =>
  first + (1n << BigInt(BITS[family] - prefix)) - 1n;

export function renderRange({ family, first, prefix }: AddressRange): string {
  const address = family === "ipv4" ? renderIpv4(first) : renderIpv6(first);
  return prefix === BITS[family] ? address : `${address}/${prefix}`;
}

/**
 * The one spelling of a peer's address; undefined when it is none. A zone id goes: it names an interface of this
 * machine, not the peer.
 */
export function canonicalAddress(text: string): string | undefined {
  if (isIpv4(text)) return text;
  const address = text.replace(/%[0-9A-Za-z.:-]+$/, "");
  if (!isIpv6(address)) return undefined;
  const first = parseIpv6(address);
  return renderRange(unmapped({ family: "ipv6", first, prefix: BITS.ipv6 }));
}

function parseNumber(text: string): { family: AddressRange["family"]; value: bigint } | undefined {
  if (isIpv4(text)) return { family: "ipv4", value: parseIpv4(text) };
  if (isIpv6(text)) return { family: "ipv6", value: parseIpv6(text) };
  return undefined;
}

/** `::ffff:0:0/96` is the whole of IPv4 (RFC 4291, section 2.5.5.2). */
function unmapped(range: AddressRange): AddressRange {
  const isMapped = range.family === "ipv6" && range.prefix >= 96 && range.first >> 32n === 0xffffn;
  return isMapped ? { family: "ipv4", first: range.first & 0xffff_ffffn, prefix: range.prefix - 96 } : range;
}

const parseIpv4 = (text: string): bigint =>
  text.split(".").reduce((value, part) => (value << 8n) | BigInt(part), 0n);

function parseIpv6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = Array.from({ length: GROUPS - before.length - after.length }, () => 0n);
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | group, 0n);
}

/** Of one side of `::`; the last two may be written as an IPv4 address. */
function groupsOf(text: string): readonly bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((part) => {
    if (!part.includes(".")) return BigInt(`0x${part}`);
    const value = parseIpv4(part);
    return [value >> 16n, value & 0xffffn];
  });
}

const renderIpv4 = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");

/** The longest run of two or more zero groups becomes `::`, the first one of several. */
function renderIpv6(value: bigint): string {
  const groups = Array.from({ length: GROUPS }, (_, index) =>
    ((value >> BigInt(16 * (GROUPS - 1 - index))) & 0xffffn).toString(16),
  );
  const text = groups.join(":");
  const runs = text.match(/(?<![0-9a-f])0(:0)+(?![0-9a-f])/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  if (longest === "") return text;
  const at = longest.split(":").length;
  const start = groups.findIndex((_, index) => groups.slice(index, index + at).join(":") === longest);
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + at).join(":")}`;
}
