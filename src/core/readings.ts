/** What a text may mean: as it stands, or unescaped from what it was put into; each without its spaces. */

/** A text and, for each of its UTF-16 units, where in the text that it was read from its meaning begins and ends. */
export interface Reading {
  readonly text: string;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

interface Escape {
  readonly pattern: RegExp;
  /** Never longer than what it is for. */
  readonly meaning: (word: string) => string;
}

/** What does not survive being put into a line: spaces, line breaks, characters that nobody sees. */
const SPACES = /[\s\p{Cc}\p{Cf}]+/gu;

/** Without what `squeezed` texts do not have. */
export const squeeze = (text: string): string => text.replaceAll(SPACES, "");

/** How often a text is taken to be escaped, one way in another. */
const DEPTH = 2;

/** Every way to read `text`, each squeezed. Takes time in proportion to the text. */
export function readingsOf(text: string): readonly Reading[] {
  const starts = new Int32Array(text.length);
  for (let at = 0; at < text.length; at += 1) starts[at] = at;
  return unescaped({ text, starts, ends: starts.map((at) => at + 1) }, DEPTH).map(
    (reading) => decode(reading, { pattern: SPACES, meaning: () => "" }) ?? reading,
  );
}

const unescaped = (reading: Reading, depth: number): readonly Reading[] => [
  reading,
  ...(depth === 0
    ? []
    : ESCAPES.flatMap((escape) => {
        const inner = decode(reading, escape);
        return inner ? unescaped(inner, depth - 1) : [];
      })),
];

/** Undefined when nothing in it is escaped so. */
function decode(reading: Reading, { pattern, meaning }: Escape): Reading | undefined {
  const { text } = reading;
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  const parts: string[] = [];
  let size = 0;
  let from = 0;
  const keep = (to: number): void => {
    starts.set(reading.starts.subarray(from, to), size);
    ends.set(reading.ends.subarray(from, to), size);
    parts.push(text.slice(from, to));
    size += to - from;
  };
  for (const { 0: word, index } of text.matchAll(pattern)) {
    keep(index);
    from = index + word.length;
    const meant = meaning(word);
    starts.fill(reading.starts[index] as number, size, size + meant.length);
    ends.fill(reading.ends[from - 1] as number, size, size + meant.length);
    parts.push(meant);
    size += meant.length;
  }
  if (from === 0) return undefined;
  keep(text.length);
  return { text: parts.join(""), starts, ends };
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["b", "\b"],
  ["f", "\f"],
]);

/** `\n`, `\"`, `\u00e4`, `\xe4`: of JSON and of programs. */
function meantByBackslash(word: string): string {
  const letter = word.charAt(1);
  if (word.length > 2) return String.fromCharCode(Number.parseInt(word.slice(2), 16));
  return CONTROLS.get(letter) ?? letter;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function meantByEntity(word: string): string {
  const name = word.slice(1, -1);
  if (!name.startsWith("#")) return ENTITIES.get(name) ?? word;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : "";
}

const ESCAPES: readonly Escape[] = [
  { pattern: /\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, meaning: meantByBackslash },
  { pattern: /&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,4});/g, meaning: meantByEntity },
  // A run of them at once: they are bytes of UTF-8.
  {
    pattern: /(?:%[0-9a-fA-F]{2})+/g,
    meaning: (word) => Buffer.from(word.replaceAll("%", ""), "hex").toString(),
  },
  { pattern: /\+/g, meaning: () => " " },
];
