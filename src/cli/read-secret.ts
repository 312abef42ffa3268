/** Reads one secret from stdin: from a pipe, or from a terminal that shows nothing of it. */

import { KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";

/** What of `process.stdin` it takes; `setRawMode` is there on terminals only. */
export interface SecretInput {
  readonly isTTY?: boolean;
  readonly isRaw?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: "data", listen: (chunk: Buffer | string) => void): unknown;
  on(event: "end" | "error", listen: () => void): unknown;
  off(event: string, listen: (chunk: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

export interface ReadSecretOptions {
  /** Shown to a person before they type. */
  readonly prompt: string;
  readonly show: (text: string) => void;
  readonly signal: AbortSignal;
}

const MAX_LENGTH = 8_192;

/** USAGE when it is not one word on one line; INTERRUPTED by Ctrl+C and by `signal`. Neither says what was read. */
export async function readSecret(input: SecretInput, options: ReadSecretOptions): Promise<Secret> {
  const text = input.isTTY === true ? await fromTerminal(input, options) : await fromPipe(input, options);
  const word = text.trim();
  if (word === "") throw usage("nothing was pasted");
  if (/[\s\p{Cc}]/u.test(word)) throw usage("what was pasted is more than one word on one line");
  return Secret.of(word);
}

const usage = (message: string): KeywrightError =>
  new KeywrightError("USAGE", message, { hint: "give just the key: `keywright leak --stdin < file`" });

const tooLong = (): KeywrightError => usage("what was pasted is too long for a key");

const interrupted = (): KeywrightError => new KeywrightError("INTERRUPTED", "nothing was read");

const fromPipe = (input: SecretInput, { signal }: ReadSecretOptions): Promise<string> => {
  const chunks: Buffer[] = [];
  return listen(input, signal, (end) => ({
    onData: (chunk) => {
      chunks.push(Buffer.from(chunk));
      if (Buffer.concat(chunks).length > MAX_LENGTH) end(tooLong());
    },
    onEnd: () => end(Buffer.concat(chunks).toString("utf8")),
  }));
};

/** In raw mode nothing is echoed and nothing ends the process: the terminal is put back whatever happens. */
async function fromTerminal(input: SecretInput, options: ReadSecretOptions): Promise<string> {
  const { prompt, show, signal } = options;
  const wasRaw = input.isRaw === true;
  const restore = (): void => void input.setRawMode?.(wasRaw);
  process.once("exit", restore);
  try {
    input.setRawMode?.(true);
    show(prompt);
    return await typed(input, signal);
  } finally {
    restore();
    process.off("exit", restore);
    show("\n");
  }
}

/** What a terminal puts around a paste, where that is switched on. */
const PASTE_MARKS = ["\u001b[200~", "\u001b[201~"];
const INTERRUPT = "\u0003";
const LINE_ENDS = "\r\n\u0004";
const ERASERS = "\b\u007f";

function typed(input: SecretInput, signal: AbortSignal): Promise<string> {
  let line = "";
  return listen(input, signal, (end) => ({
    onData: (chunk) => {
      const text = PASTE_MARKS.reduce((rest, mark) => rest.replaceAll(mark, ""), chunk.toString("utf8"));
      for (let at = 0; at < text.length; at += 1) {
        const character = text.charAt(at);
        if (character === INTERRUPT) return end(interrupted());
        // What follows a line end in one go was pasted with it.
        if (LINE_ENDS.includes(character)) return end(`${line}\n${text.slice(at + 1)}`);
        line = ERASERS.includes(character) ? line.slice(0, -1) : line + character;
      }
      return line.length > MAX_LENGTH ? end(tooLong()) : undefined;
    },
    onEnd: () => end(line),
  }));
}

interface Listener {
  readonly onData: (chunk: Buffer | string) => void;
  readonly onEnd: () => void;
}

/** Until `end` is called with the text or with what went wrong. */
function listen(
  input: SecretInput,
  signal: AbortSignal,
  listenerOf: (end: (result: string | KeywrightError) => void) => Listener,
): Promise<string> {
  return new Promise((done, fail) => {
    const onAbort = (): void => end(interrupted());
    const end = (result: string | KeywrightError): void => {
      input.off("data", onData);
      input.off("end", onEnd);
      input.off("error", onEnd);
      input.pause();
      signal.removeEventListener("abort", onAbort);
      if (typeof result === "string") done(result);
      else fail(result);
    };
    const { onData, onEnd } = listenerOf(end);
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    input.on("data", onData);
    input.on("end", onEnd);
    input.on("error", onEnd);
    input.resume();
    return undefined;
  });
}
