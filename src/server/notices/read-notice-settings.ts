/** From what the operator wrote to settings that can work: all that can be checked is checked before the start. */

import { resolve } from "node:path";
import { KeywrightError } from "../../core/error.ts";
import { Secret } from "../../core/secret.ts";
import { parseWebhookAddress } from "../../messages/webhook-address.ts";
import { isWebhookSecret } from "../../messages/webhook-signature.ts";
import { readPrivateFile } from "../read-private-file.ts";
import { isEmailAddress } from "../../messages/email-address.ts";
import type { EmailSettings } from "./email-channel.ts";
import { parseSmtpUrl } from "../../messages/smtp-url.ts";
import type { WebhookSettings } from "./webhook-channel.ts";

export interface NoticeSettings {
  /** None twice. */
  readonly daysBefore: readonly number[];
  readonly webhook?: WebhookSettings;
  readonly email?: EmailSettings;
}

/** As written on the command line. */
export interface NoticeOptions {
  /** Such as `30,7,1`, which is the default. */
  readonly noticeDays?: string;
  readonly noticeWebhookUrl?: string;
  readonly noticeWebhookSecretFile?: string;
  readonly noticeSmtpUrlFile?: string;
  readonly noticeFrom?: string;
  readonly noticeTo?: readonly string[];
  readonly noticeOwners?: boolean;
}

/** Where it was written. */
interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export const DEFAULT_NOTICE_DAYS: readonly number[] = [30, 7, 1];

const MOST_DAYS = 400;
const MOST_THRESHOLDS = 10;
const MAKE_SECRET = 'Make one: (umask 077; echo "whsec_$(openssl rand -base64 32)" > webhook-secret)';

/** Throws USAGE, or STORE_UNUSABLE for a file that others may read; never with a secret in the message. */
export async function readNoticeSettings(options: NoticeOptions, place: Place): Promise<NoticeSettings> {
  const { noticeDays } = options;
  const daysBefore = noticeDays === undefined ? DEFAULT_NOTICE_DAYS : parseDays(noticeDays);
  const webhook = await readWebhook(options, place);
  const email = await readEmail(options, place);
  return { daysBefore, ...(webhook && { webhook }), ...(email && { email }) };
}

function parseDays(text: string): readonly number[] {
  const parts = text.split(",").map((part) => part.trim());
  const isDays = (part: string): boolean => /^[1-9]\d{0,2}$/.test(part) && Number(part) <= MOST_DAYS;
  if (parts.every(isDays) && parts.length <= MOST_THRESHOLDS) return [...new Set(parts.map(Number))];
  throw usage(
    `--notice-days ${text} is no list of days.`,
    `Up to ${MOST_THRESHOLDS} whole numbers from 1 to ${MOST_DAYS}, such as 30,7,1.`,
  );
}

async function readWebhook(
  { noticeWebhookUrl, noticeWebhookSecretFile: file }: NoticeOptions,
  place: Place,
): Promise<WebhookSettings | undefined> {
  const secret = await readSetting(place, file, "KEYWRIGHT_NOTICE_WEBHOOK_SECRET");
  if (noticeWebhookUrl === undefined && secret === undefined) return undefined;
  if (noticeWebhookUrl === undefined) {
    throw usage(
      `There is a webhook's secret in ${secret?.where}, but no --notice-webhook-url.`,
      "Give both, or neither.",
    );
  }
  const url = parseWebhookAddress(noticeWebhookUrl, "--notice-webhook-url");
  if (secret === undefined) {
    throw usage(
      "The webhook has no secret: its receiver could not tell who calls.",
      `Give --notice-webhook-secret-file or KEYWRIGHT_NOTICE_WEBHOOK_SECRET. ${MAKE_SECRET}`,
    );
  }
  if (!isWebhookSecret(secret.text)) {
    throw usage(`In ${secret.where} is not whsec_ and 24 to 64 bytes in base64.`, MAKE_SECRET);
  }
  return { url, secret: Secret.of(secret.text) };
}

async function readEmail(
  { noticeSmtpUrlFile, noticeFrom: from, noticeTo: to = [], noticeOwners }: NoticeOptions,
  place: Place,
): Promise<EmailSettings | undefined> {
  const url = await readSetting(place, noticeSmtpUrlFile, "KEYWRIGHT_SMTP_URL");
  const isAsked = from !== undefined || to.length > 0 || noticeOwners === true;
  if (!isAsked && url === undefined) return undefined;
  if (url === undefined || from === undefined || to.length === 0) {
    throw usage(
      "E-mail notices need a mail server, a sender and somebody who gets them all.",
      "Give --notice-smtp-url-file or KEYWRIGHT_SMTP_URL, --notice-from and --notice-to.",
    );
  }
  const wrong = [from, ...to].find((address) => !isEmailAddress(address));
  if (wrong !== undefined) {
    throw usage(
      `${JSON.stringify(wrong)} is no e-mail address.`,
      "Write --notice-from and --notice-to plainly, such as keys@example.com.",
    );
  }
  return { smtp: parseSmtpUrl(url.text, url.where), from, to, tellOwners: noticeOwners === true };
}

/** From the file, or else from the variable. */
async function readSetting(
  { cwd, env }: Place,
  file: string | undefined,
  variable: string,
): Promise<{ readonly text: string; readonly where: string } | undefined> {
  if (file === undefined) {
    const text = env[variable]?.trim();
    return text === undefined || text === "" ? undefined : { text, where: variable };
  }
  const text = (await readPrivateFile(resolve(cwd, file)))?.trim();
  if (text !== undefined) return { text, where: file };
  throw usage(`There is no file ${file}.`, `Write it, for its owner only, or set ${variable} instead.`);
}

const usage = (message: string, hint: string): KeywrightError =>
  new KeywrightError("USAGE", message, { hint });
