import type { Command } from "commander";

/** The options of `serve` that say when and whom to tell of keys that expire; `NoticeOptions` is their type. */
export const addNoticeOptions = (command: Command): Command =>
  command
    .option("--notice-days <list>", "tell of a key's expiry so many days before it", "30,7,1")
    .option("--notice-webhook-url <url>", "…by a signed POST to this https:// URL")
    .option(
      "--notice-webhook-secret-file <file>",
      "what signs it: whsec_… (or KEYWRIGHT_NOTICE_WEBHOOK_SECRET)",
    )
    .option("--notice-smtp-url-file <file>", "…by e-mail over smtp(s)://… (or KEYWRIGHT_SMTP_URL)")
    .option("--notice-from <address>", "the e-mails' sender")
    .option("--notice-to <address...>", "who gets every e-mail")
    .option("--notice-owners", "a key's owner gets its e-mails too, if that is an address");
