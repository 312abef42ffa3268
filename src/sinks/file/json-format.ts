/** A top-level object. The text is edited, not printed anew: all other members keep their place and spelling. */

import { unusable } from "./sink-fault.ts";
import type { TextFormat } from "./text-format.ts";

interface Member {
  readonly name: string;
  /** Offsets in the text, around the whole member and around its value. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

export const jsonFormat: TextFormat = {
  get(text, field, path) {
    const found = findMember(text, field, path).found;
    return found && valueOf(text, found, path);
  },
  set(text, field, value, path) {
    const written = JSON.stringify(value);
    const { members, found } = findMember(text, field, path);
    if (found) {
      valueOf(text, found, path);
      return text.slice(0, found.valueStart) + written + text.slice(found.end);
    }
    const [first, last] = [members[0], members.at(-1)];
    const member = `${JSON.stringify(field)}: ${written}`;
    if (!first || !last) return `{\n  ${member}\n}\n`;
    const gap = text.slice(text.indexOf("{") + 1, first.start);
    return `${text.slice(0, last.end)},${gap}${member}${text.slice(last.end)}`;
  },
  unset(text, field, path) {
    const { members, found } = findMember(text, field, path);
    if (!found) return text;
    if (members.length === 1) return "";
    const next = members[members.indexOf(found) + 1];
    const previous = members[members.indexOf(found) - 1];
    if (next) return text.slice(0, found.start) + text.slice(next.start);
    return text.slice(0, previous?.end) + text.slice(found.end);
  },
};

/** Undefined for "" and null: the slot is empty. */
function valueOf(text: string, member: Member, path: string): string | undefined {
  const value: unknown = JSON.parse(text.slice(member.valueStart, member.end));
  if (value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw unusable(`${member.name} in ${path} is no string`, "remove that member or choose another field");
}

function findMember(
  text: string,
  field: string,
  path: string,
): { members: readonly Member[]; found: Member | undefined } {
  if (text === "") return { members: [], found: undefined };
  if (!isObjectText(text))
    throw unusable(`${path} holds no JSON object`, "mend that file or choose another path");
  const members = scanMembers(text);
  const found = members.filter((member) => member.name === field);
  if (found.length < 2) return { members, found: found[0] };
  throw unusable(
    `${path} has ${found.length} members ${field}`,
    "leave one of them: programs differ in which one they take",
  );
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The members of an object whose text is known to be JSON. */
function scanMembers(text: string): Member[] {
  const members: Member[] = [];
  let depth = 0;
  let open: { name: string; start: number; valueStart: number | undefined } | undefined;
  let end = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (depth === 1 && (token === "," || token === "}") && open?.valueStart !== undefined) {
      members.push({ name: open.name, start: open.start, valueStart: open.valueStart, end });
      open = undefined;
    } else if (depth === 1 && !open && token.startsWith('"')) {
      open = { name: JSON.parse(token) as string, start: index, valueStart: undefined };
    } else if (depth === 1 && open && token !== ":") {
      open.valueStart ??= index;
    }
    if (token === "{" || token === "[") depth += 1;
    if (token === "}" || token === "]") depth -= 1;
    end = index + token.length;
  }
  return members;
}
