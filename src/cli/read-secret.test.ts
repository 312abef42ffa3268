import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { fingerprintOf } from "../core/key-format.ts";
import { Secret } from "../core/secret.ts";
import { readSecret, type SecretInput } from "./read-secret.ts";

const KEY = "kw_live_0123456789abcdef";
const PROMPT = "Paste: ";

interface Read {
  readonly found: Promise<Secret>;
  /** What was written to the terminal. */
  readonly shown: () => string;
}

function reading(input: SecretInput, signal = new AbortController().signal): Read {
  let shown = "";
  const show = (text: string): void => void (shown += text);
  return { found: readSecret(input, { prompt: PROMPT, show, signal }), shown: () => shown };
}

/** The promise, settled with what matters of it: never the value itself. */
const outcome = (found: Promise<Secret>): Promise<string> =>
  found.then(
    (secret) => (fingerprintOf(secret) === fingerprintOf(Secret.of(KEY)) ? "the key" : "something else"),
    (error: Error) => error.message,
  );

function pipeOf(...chunks: readonly (string | Buffer)[]): PassThrough {
  const pipe = new PassThrough();
  for (const chunk of chunks) pipe.write(chunk);
  pipe.end();
  return pipe;
}

test.each([
  ["a line", [`${KEY}\n`]],
  ["a line of Windows, with blanks around it", [`  ${KEY} \r\n`]],
  ["text without a line end", [KEY]],
  ["pieces", [KEY.slice(0, 7), KEY.slice(7), "\n"]],
])("a pipe gives %s", async (_, chunks) => {
  const { found, shown } = reading(pipeOf(...chunks));
  expect(await outcome(found)).toBe("the key");
  expect(shown()).toBe("");
});

test.each([
  ["nothing", ["\n"], "nothing was pasted"],
  ["two lines", [`${KEY}\n${KEY}\n`], "what was pasted is more than one word on one line"],
  ["two words", [`Bearer ${KEY}`], "what was pasted is more than one word on one line"],
  ["a control character", [`${KEY}\u0000x`], "what was pasted is more than one word on one line"],
  ["a whole file", ["x".repeat(9_000)], "what was pasted is too long for a key"],
])("I3: a pipe with %s is refused without a word of it", async (_, chunks, message) => {
  const { found } = reading(pipeOf(...chunks));
  const error = await found.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "USAGE", message });
  expect(JSON.stringify(error)).not.toContain(KEY);
});

test("a pipe that nobody writes to ends when the process is asked to", async () => {
  const ending = new AbortController();
  const { found } = reading(new PassThrough(), ending.signal);
  ending.abort();
  expect(await outcome(found)).toBe("nothing was read");
  const late = reading(new PassThrough(), ending.signal);
  expect(await outcome(late.found)).toBe("nothing was read");
});

/** A terminal as Node shows it: what is typed comes as data, and raw mode is remembered. */
class Terminal extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  isPaused = true;
  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
  resume(): void {
    this.isPaused = false;
  }
  pause(): void {
    this.isPaused = true;
  }
}

interface Typed extends Read {
  readonly terminal: Terminal;
}

function typing(...texts: readonly string[]): Typed {
  const terminal = new Terminal();
  const read = reading(terminal);
  for (const text of texts) terminal.emit("data", Buffer.from(text));
  return { ...read, terminal };
}

test.each([
  ["pasted", [`${KEY}\r`]],
  ["pasted where pastes are marked", [`\u001b[200~${KEY}\u001b[201~`, "\r"]],
  ["typed", [...KEY.split(""), "\r"]],
  ["typed with corrections", [`${KEY}xx`, "\u007f", "\b", "\n"]],
  ["ended by Ctrl+D", [KEY, "\u0004"]],
])("I3: a key that is %s at a terminal is taken unseen, and the terminal is put back", async (_, texts) => {
  const { terminal, found, shown } = typing(...texts);
  expect(await outcome(found)).toBe("the key");
  expect(shown()).toBe(`${PROMPT}\n`);
  expect(terminal).toMatchObject({ isRaw: false, isPaused: true });
  expect(terminal.listenerCount("data")).toBe(0);
});

test.each([
  ["Ctrl+C", [KEY, "\u0003"], "nothing was read"],
  ["an empty line", ["\r"], "nothing was pasted"],
  ["a paste of two lines", [`${KEY}\ry\r`], "what was pasted is more than one word on one line"],
  ["a paste without end", ["x".repeat(9_000)], "what was pasted is too long for a key"],
])("I3: after %s nothing is taken, and the terminal is put back", async (_, texts, message) => {
  const { terminal, found, shown } = typing(...texts);
  expect(await outcome(found)).toBe(message);
  expect(shown()).toBe(`${PROMPT}\n`);
  expect(terminal.isRaw).toBe(false);
});

test("a terminal is raw while a key is typed, and put back when the process is asked to end", async () => {
  const terminal = new Terminal();
  const ending = new AbortController();
  const { found } = reading(terminal, ending.signal);
  terminal.emit("data", Buffer.from("kw_"));
  expect(terminal.isRaw).toBe(true);
  ending.abort();
  expect(await outcome(found)).toBe("nothing was read");
  expect(terminal.isRaw).toBe(false);
});

test("a terminal that goes away ends the reading", async () => {
  const terminal = new Terminal();
  const { found } = reading(terminal);
  terminal.emit("end");
  expect(await outcome(found)).toBe("nothing was pasted");
});
