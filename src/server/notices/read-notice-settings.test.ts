import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isKeywrightError } from "../../core/error.ts";
import { type NoticeOptions, readNoticeSettings } from "./read-notice-settings.ts";
import { parseSmtpUrl } from "../../messages/smtp-url.ts";
import { parseWebhookAddress } from "../../messages/webhook-address.ts";

const BYTES = Buffer.alloc(32, "k");
const SECRET = `whsec_${BYTES.toString("base64")}`;
const SMTP_URL = "smtp://keys:p%40ss%2Fword@mail.example.com";
const MAIL: NoticeOptions = { noticeFrom: "keys@example.com", noticeTo: ["ops@example.com"] };

let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "keywright-notices-"));
});
afterEach(() => rm(cwd, { recursive: true }));

const read = (options: NoticeOptions, env: Readonly<Record<string, string>> = {}) =>
  readNoticeSettings(options, { cwd, env });

/** Code, message and hint of what it throws. */
async function refusalOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (isKeywrightError(error)) return `${error.code}: ${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error("it was accepted");
}

test("without options there is the log, 30, 7 and 1 days before", async () => {
  expect(await read({})).toEqual({ daysBefore: [30, 7, 1] });
});

test.each<[string, readonly number[]]>([
  ["14", [14]],
  ["1, 7,30,7", [1, 7, 30]],
  ["400", [400]],
])("--notice-days %s is a list of days", async (noticeDays, daysBefore) => {
  expect(await read({ noticeDays })).toEqual({ daysBefore });
});

test.each(["", "0", "-1", "1.5", "7d", "401", "7,,1", "1e2", "1,2,3,4,5,6,7,8,9,10,11"])(
  "--notice-days %j is none",
  async (noticeDays) => {
    const refusal = await refusalOf(() => read({ noticeDays }));
    expect(refusal).toBe(
      `USAGE: --notice-days ${noticeDays} is no list of days. Up to 10 whole numbers from 1 to 400, such as 30,7,1.`,
    );
  },
);

test("secrets come from private files or from variables, and the file wins", async () => {
  await writeFile(join(cwd, "hook"), `${SECRET}\n`, { mode: 0o600 });
  await writeFile(join(cwd, "smtp"), `${SMTP_URL}\n`, { mode: 0o600 });
  const env = { KEYWRIGHT_NOTICE_WEBHOOK_SECRET: SECRET, KEYWRIGHT_SMTP_URL: SMTP_URL };
  const noticeWebhookUrl = "https://hooks.example.com/keys?team=a";
  const files = { noticeWebhookSecretFile: "hook", noticeSmtpUrlFile: "smtp" };
  const fromVariables = await read({ ...MAIL, noticeWebhookUrl, noticeOwners: true }, env);
  const wrong = { KEYWRIGHT_NOTICE_WEBHOOK_SECRET: "wrong", KEYWRIGHT_SMTP_URL: "wrong" };
  const fromFiles = await read({ ...MAIL, ...files, noticeWebhookUrl, noticeOwners: true }, wrong);
  for (const { webhook, email } of [fromVariables, fromFiles]) {
    expect([webhook?.url.href, webhook?.secret.reveal()]).toEqual([noticeWebhookUrl, SECRET]);
    expect(email).toMatchObject({ from: "keys@example.com", to: ["ops@example.com"], tellOwners: true });
    expect(email?.smtp).toMatchObject({ host: "mail.example.com", port: 587, tls: "required" });
    expect([email?.smtp.login?.user, email?.smtp.login?.password.reveal()]).toEqual(["keys", "p@ss/word"]);
  }
  expect(JSON.stringify(fromFiles)).not.toMatch(/whsec|p@ss|p%40ss/);
});

test("S5: a file of secrets that others may read is refused", async () => {
  await writeFile(join(cwd, "smtp"), SMTP_URL, { mode: 0o644 });
  const refusal = await refusalOf(() => read({ ...MAIL, noticeSmtpUrlFile: "smtp" }));
  expect(refusal).toMatch(/^STORE_UNUSABLE: .*644.*chmod 600/);
});

const HOOK = "https://hooks.example.com";
test.each<[string, NoticeOptions, Readonly<Record<string, string>>, RegExp]>([
  ["a webhook without a secret", { noticeWebhookUrl: HOOK }, {}, /no secret.*openssl rand -base64 32/],
  [
    "a webhook's secret without a URL",
    {},
    { KEYWRIGHT_NOTICE_WEBHOOK_SECRET: SECRET },
    /no --notice-webhook-url/,
  ],
  ["a file that is not there", { noticeWebhookUrl: HOOK, noticeWebhookSecretFile: "no" }, {}, /no file no\./],
  [
    "a secret that is too short",
    { noticeWebhookUrl: HOOK },
    { KEYWRIGHT_NOTICE_WEBHOOK_SECRET: "whsec_c2hvcnQ=" },
    /whsec_ and 24 to 64 bytes/,
  ],
  [
    "a secret in another form",
    { noticeWebhookUrl: HOOK },
    { KEYWRIGHT_NOTICE_WEBHOOK_SECRET: "hunter2" },
    /whsec_ and 24 to 64 bytes/,
  ],
  ["mail without a server", MAIL, {}, /need a mail server.*KEYWRIGHT_SMTP_URL/],
  ["owners without mail", { noticeOwners: true }, {}, /need a mail server/],
  [
    "a mail server without a sender",
    { noticeTo: ["ops@example.com"] },
    { KEYWRIGHT_SMTP_URL: SMTP_URL },
    /a sender/,
  ],
  [
    "a mail server without anybody to tell",
    { noticeFrom: "keys@example.com", noticeOwners: true },
    { KEYWRIGHT_SMTP_URL: SMTP_URL },
    /somebody who gets them all/,
  ],
  [
    "a sender that is no address",
    { ...MAIL, noticeFrom: "Keys <keys@example.com>" },
    { KEYWRIGHT_SMTP_URL: SMTP_URL },
    /"Keys <keys@example.com>" is no e-mail address/,
  ],
  [
    "a recipient with a line break",
    { ...MAIL, noticeTo: ["a@b.c\r\nBcc: d@e.f"] },
    { KEYWRIGHT_SMTP_URL: SMTP_URL },
    /"a@b.c\\r\\nBcc: d@e.f" is no e-mail address/,
  ],
])("refused before the start: %s", async (_case, options, env, expected) => {
  const refusal = await refusalOf(() => read(options, env));
  expect(refusal).toMatch(expected);
  expect(refusal).toMatch(/^USAGE: /);
  expect(refusal).not.toMatch(/p%40ss|hunter2|c2hvcnQ/);
});

test.each([
  ["https://hooks.example.com/a/b?c=d"],
  ["https://10.0.0.7:8443/"],
  ["http://127.0.0.1:8080/x"],
  ["http://localhost/x"],
  ["http://[::1]:8080/x"],
])("a webhook may go to %s", (text) => {
  expect(parseWebhookAddress(text, "--notice-webhook-url").href).toBe(text);
});

test.each([
  ["http://hooks.example.com/t0ken", "over http://"],
  ["http://127.0.0.1.example.com/t0ken", "over http://"],
  ["ftp://hooks.example.com/t0ken", "over ftp://"],
  ["file:///etc/passwd", "over file://"],
  ["https://user:t0ken@hooks.example.com/", "holds a credential"],
  ["https://hooks.example.com/#t0ken", "has a fragment"],
  ["https://169.254.169.254/latest/t0ken", "link-local"],
  ["https://[fe80::1]/t0ken", "link-local"],
  ["https://[::ffff:169.254.169.254]/t0ken", "link-local"],
  ["hooks.example.com/t0ken", "is no URL"],
])("G6: a webhook may not go to %s", async (text, expected) => {
  const refusal = await refusalOf(() => parseWebhookAddress(text, "--notice-webhook-url"));
  expect(refusal).toContain(expected);
  expect(refusal).not.toContain("t0ken");
});

test.each<[string, object]>([
  ["smtp://mail.example.com", { host: "mail.example.com", port: 587, tls: "required" }],
  ["smtp://mail.example.com:25/", { host: "mail.example.com", port: 25, tls: "required" }],
  ["smtps://mail.example.com", { host: "mail.example.com", port: 465, tls: "from the start" }],
  ["smtp://127.0.0.1:2525", { host: "127.0.0.1", port: 2525, tls: "if offered" }],
  ["smtp://[::1]", { host: "::1", port: 587, tls: "if offered" }],
  ["smtps://localhost", { host: "localhost", port: 465, tls: "from the start" }],
])("%s names a mail server", (text, expected) => {
  expect(parseSmtpUrl(text, "the file")).toEqual(expected);
});

test("a user and a password may hold any characters, percent-encoded where a URL needs it", () => {
  const { login } = parseSmtpUrl("smtp://ann%40example.com:100%25%20%2F@mail.example.com", "the file");
  expect([login?.user, login?.password.reveal()]).toEqual(["ann@example.com", "100% /"]);
  const lone = parseSmtpUrl("smtp://ann:100%@mail.example.com", "the file").login;
  expect(lone?.password.reveal()).toBe("100%");
});

test.each([
  ["mail.example.com:587", "is neither smtp:// nor smtps://"],
  ["nonsense", "is no URL"],
  ["https://u:t0ken@mail.example.com", "is neither smtp:// nor smtps://"],
  ["smtp://u@mail.example.com", "has a user without a password"],
  ["smtp://:t0ken@mail.example.com", "has a user without a password"],
  ["smtp://u:t0ken@", "is no URL"],
  ["smtp://u:t0ken@mail.example.com/path", "has more than a host and a port"],
  ["smtp://u:t0ken@mail.example.com?tls=no", "has more than a host and a port"],
])("%s names no mail server", async (text, expected) => {
  const refusal = await refusalOf(() => parseSmtpUrl(text, "KEYWRIGHT_SMTP_URL"));
  expect(refusal).toContain(`USAGE: The mail server's URL in KEYWRIGHT_SMTP_URL ${expected}`);
  expect(refusal).not.toContain("t0ken");
});
