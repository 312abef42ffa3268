/** Whether a text is an IP address, without a zone id: what `node:net` says, for code that imports nothing of Node. */

const OCTET = "(?:\\d|[1-9]\\d|1\\d\\d|2[0-4]\\d|25[0-5])";
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const GROUP = /^[0-9A-Fa-f]{1,4}$/;
const GROUPS = 8;

/** Four decimal numbers without leading zeros. */
export const isIpv4 = (text: string): boolean => IPV4.test(text);

/** RFC 4291, section 2.2: groups of hexadecimal digits, one run of zeros left out, an IPv4 address as the last two. */
export function isIpv6(text: string): boolean {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return false;
  if (tail === undefined) return countGroups(head, true) === GROUPS;
  const [before, after] = [countGroups(head, false), countGroups(tail, true)];
  return before !== undefined && after !== undefined && before + after < GROUPS;
}

/** Of one side of `::`; undefined when it is none. */
function countGroups(text: string, isLast: boolean): number | undefined {
  if (text === "") return 0;
  const cut = text.lastIndexOf(":");
  const last = text.slice(cut + 1);
  const parts = cut < 0 ? [] : text.slice(0, cut).split(":");
  if (!parts.every((part) => GROUP.test(part))) return undefined;
  if (GROUP.test(last)) return parts.length + 1;
  return isLast && isIpv4(last) ? parts.length + 2 : undefined;
}
