import { expect, test } from "vitest";
import { KeywrightError } from "./error.ts";
import { createKey } from "./key-format.ts";
import { redactError, redactSecrets, redactWords } from "./redact.ts";
import { Secret } from "./secret.ts";

const VALUE = "s3cretValueThatNobodyMaySee0123456789";
const SECRET = Secret.of(VALUE);
const redact = (text: string): string => redactSecrets(text, [SECRET]);
const base64 = (text: string): string => Buffer.from(text).toString("base64");

test.each([
  ["as it is", `refused: ${VALUE}.`],
  ["twice", `${VALUE} and ${VALUE}`],
  ["cut off", `refused: ${VALUE.slice(0, 14)}…`],
  ["its end", `…${VALUE.slice(-13)}`],
  ["in hex", Buffer.from(VALUE).toString("hex")],
  ["in HEX", Buffer.from(VALUE).toString("hex").toUpperCase()],
  ["in Base64", base64(VALUE)],
  ["in Base64, one further", base64(`:${VALUE}`)],
  ["in Base64, two further", base64(`::${VALUE}`)],
  ["in base64url", Buffer.from(`${VALUE}???`).toString("base64url")],
])("G1: a secret is taken out of a text, %s", (_name, text) => {
  const safe = redact(text);
  expect(safe).toContain("[redacted]");
  for (let at = 0; at + 12 <= VALUE.length; at += 1) {
    expect(safe).not.toContain(VALUE.slice(at, at + 12));
    expect(safe).not.toContain(base64(VALUE.slice(at, at + 12)).slice(0, 12));
  }
});

test("what is no secret stays as it is", () => {
  const text = "key_01a1fd86730f8a8a0a17cc8d (…6789) is refused: 2026-11-21T08:15:00.000Z";
  expect(redact(text)).toBe(text);
  expect(redactSecrets(text, [])).toBe(text);
  expect(redactSecrets(text, [Secret.of("")])).toBe(text);
});

test("a short secret is taken out as a whole", () => {
  expect(redactSecrets("the PIN is 4711!", [Secret.of("4711")])).toBe("the PIN is [redacted]!");
});

test("a key that nobody named is known by its form", () => {
  const key = createKey({ prefix: "kw", environment: "live" }, { bytes: (n) => new Uint8Array(n).fill(7) });
  expect(redactSecrets(`made ${key.reveal()}`, [])).toBe("made [redacted]");
});

test("where any word may be a secret, words of sentences stay", () => {
  const text = "The store refused POST (422): no such role: administrator-of-everything";
  expect(redactWords(text)).toBe(text);
  expect(redactWords(`made ${VALUE}, or aLongMixedWord`)).toBe("made [redacted], or [redacted]");
  const trace = "Error: no\n    at processTicksAndRejections (node:internal/process/task_queues:95:5)";
  expect(redactWords(trace)).toBe(trace);
});

test("an error keeps its class, and loses the secret from message, stack, hint, causes and parts", () => {
  const cause = Object.assign(new TypeError(`cause ${VALUE}`), { body: { text: [VALUE] } });
  const error = new KeywrightError("SINK_WRITE_FAILED", `cannot write ${VALUE}`, { hint: VALUE, cause });
  const safe = redactError(error, redact);
  expect(safe).toBe(error);
  expect(error.message).toBe("cannot write [redacted]");
  expect(error.hint).toBe("[redacted]");
  expect(`${error.stack}${cause.stack}${cause.message}${JSON.stringify(cause)}`).not.toContain(VALUE);
});

test("an error whose cause is itself is told from no end", () => {
  const error = new Error(VALUE);
  error.cause = error;
  expect(redactError(error, redact)).toBe(error);
  expect(error.message).toBe("[redacted]");
});

test("an error that cannot be changed gives way to one of its kind", () => {
  const known = Object.freeze(new KeywrightError("SINK_CONFLICT", `holds ${VALUE}`));
  expect(redactError(known, redact)).toMatchObject({ code: "SINK_CONFLICT", message: "holds [redacted]" });
  const foreign = Object.freeze(new TypeError(VALUE));
  expect(redactError(foreign, redact)).toMatchObject({ name: "Error", message: "[redacted]" });
  const nested = new Error("outer", { cause: Object.freeze({ body: VALUE }) });
  expect(redactError(nested, redact)).not.toBe(nested);
  expect(redactError(Object.freeze({ body: VALUE }), redact)).toMatchObject({
    message: "something was thrown that is no error",
  });
});

test("what an error leads to and nobody prints is left alone", () => {
  class Socket {
    readonly text = VALUE;
  }
  const socket = new Socket();
  const error = Object.assign(new Error("reset"), { socket, nothing: null });
  expect(redactError(error, redact)).toBe(error);
  expect(socket.text).toBe(VALUE);
});

test("what is thrown and is no error is redacted too", () => {
  expect(redactError(VALUE, redact)).toBe("[redacted]");
  expect(redactError(undefined, redact)).toBeUndefined();
  expect(redactError(null, redact)).toBeNull();
  expect(redactError(7, redact)).toBe(7);
});
