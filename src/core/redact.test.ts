import { expect, test } from "vitest";
import { KeywrightError } from "./error.ts";
import { createKey } from "./key-format.ts";
import { redactError, redactSecrets, redactWords, shorten } from "./redact.ts";
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
])("S2: a secret is taken out of a text, %s", (_name, text) => {
  const safe = redact(text);
  expect(safe).toContain("[redacted]");
  for (let at = 0; at + 12 <= VALUE.length; at += 1) {
    expect(safe).not.toContain(VALUE.slice(at, at + 12));
    expect(safe).not.toContain(base64(VALUE.slice(at, at + 12)).slice(0, 12));
  }
});

const html = (text: string): string =>
  text.replaceAll(/[&<>"'+/]/g, (letter) => `&#x${letter.charCodeAt(0).toString(16)};`);
const named = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const json = (text: string): string => JSON.stringify(text);

const VALUES: readonly (readonly [string, string])[] = [
  ["short", "hunter"],
  ["of two short lines", "admin\nS3cretPw9!"],
  ["with quotes", 'pa"ss\\wo&d'],
  ["with controls", "ab\tcdefg\thi\u200bjklm\tnop"],
  ["of other letters", "pässwörd€12345678"],
  ["with signs of addresses", "a/b+c=d/e%f=g&h"],
];
const WAYS: readonly (readonly [string, (text: string) => string])[] = [
  ["as it is", (text) => text],
  ["in one line", (text) => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, " ")],
  ["in JSON", json],
  ["in JSON in JSON", (text) => json(json(text))],
  [
    "in ASCII JSON",
    (text) =>
      json(text).replaceAll(
        /[^ -~]/gu,
        (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
      ),
  ],
  ["in HTML", named],
  ["in HTML, by number", html],
  [
    "in HTML, by decimal number",
    (text) => text.replaceAll(/["&]/g, (letter) => `&#${letter.charCodeAt(0)};`),
  ],
  ["in an address", encodeURIComponent],
  ["in a form", (text) => new URLSearchParams({ text }).toString()],
  ["in an address in JSON", (text) => json(encodeURI(text))],
  ["in Base64", base64],
  ["in hex", (text) => Buffer.from(text).toString("hex")],
];

test.each(
  VALUES.flatMap(([what, value]) => WAYS.map(([way, escape]) => [what, way, value, escape] as const)),
)("S2: a value %s is taken out of a text, %s", (_what, _way, value, escape) => {
  const secrets = [Secret.of(value)];
  expect(redactSecrets(`bad: ${escape(value)} !`, secrets)).toMatch(/^bad: .{0,6}\[redacted\].{0,4} !$/);
  for (const line of value.split("\n"))
    expect(redactSecrets(`bad ${escape(line)}!`, secrets)).toMatch(/^bad .{0,6}\[redacted\].{0,4}!$/);
});

test.each([
  ["at the end", "bad: hunt"],
  ["before dots", "bad: hunter2..."],
  ["before an ellipsis", "bad: hunter2x…"],
  ["in an address", "bad: %68unter2…"],
])("S2: what a cut leaves of a short secret is taken out too, %s", (_name, text) => {
  expect(redactSecrets(text, [Secret.of("hunter2xy")])).toMatch(/^bad: \[redacted\](?:\.\.\.|…)?$/);
});

test("what only looks escaped stays as it is, and so do words that secrets begin with", () => {
  const text = "&amp; &nope; &#x7fffff; hunt the hunters: C:\\new+old 100%zz";
  expect(redactSecrets(text, [Secret.of("huntsman"), Secret.of("  \n"), Secret.of("hunts")])).toBe(text);
});

test("a value of one character is taken out as a whole", () => {
  expect(redactSecrets("x=7, y=8", [Secret.of("7")])).toBe("x=[redacted], y=8");
});

test("of the secrets that begin alike each is found, and the longest piece is taken", () => {
  const secrets = ["hunt", "hunters", "huntress-of-the-moon"].map((value) => Secret.of(value));
  expect(redactSecrets("a hunt, hunters and huntress-of-the-moon.", secrets)).toBe(
    "a [redacted], [redacted] and [redacted].",
  );
});

test("a text of many kilobytes loses each of a hundred secrets", () => {
  const values = Array.from(
    { length: 100 },
    (_, index) => `${'%"&+'[index % 4]}secret-number-${index}-of-many`,
  );
  const text = values.map((value) => `${"word ".repeat(120)}${json(value)}`).join(" ");
  const safe = redactSecrets(
    text,
    values.map((value) => Secret.of(value)),
  );
  expect(safe.length).toBeGreaterThan(60_000);
  expect(safe).not.toMatch(/secret|number|many/);
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

test("S2: an error is cut after it lost its secrets: none is cut to what nobody knows again", () => {
  const words = `${"x".repeat(795)}${VALUE} and more`;
  const error = new KeywrightError("SINK_WRITE_FAILED", words, { hint: words });
  redactError(error, redact);
  expect(error.message).toBe(`${"x".repeat(795)}[red…`);
  expect(error.hint).toBe(error.message);
  expect(error.stack).toContain(`: ${error.message}\n    at `);
  expect(error.stack).not.toContain(VALUE.slice(0, 4));
});

test("a stack without the message is redacted as it is", () => {
  const error = Object.assign(new Error("no"), { stack: `trace of ${VALUE}` });
  redactError(error, redact);
  expect(error.stack).toBe("trace of [redacted]");
});

test("a short text is not cut, and none inside a character", () => {
  expect(shorten("x".repeat(800))).toBe("x".repeat(800));
  expect(shorten(`${"x".repeat(798)}😀😀`)).toBe(`${"x".repeat(798)}…`);
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
