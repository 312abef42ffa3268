/** Tells of keys and tokens that are about to expire: finds what is due and sends it, again and again. */

import { setImmediate as pause } from "node:timers/promises";
import type { StoreContext } from "../domain/store-context.ts";
import { errorFields } from "../error-fields.ts";
import type { ServerLog } from "../server-log.ts";
import type { Delivery } from "../../messages/delivery.ts";
import type { Channel } from "./channel.ts";
import { type ClaimedNotice, claimNotices, dropExpired } from "./claim-notices.ts";
import { DueSearch } from "./due-search.ts";
import { createEmailChannel } from "./email-channel.ts";
import { createLogChannel } from "./log-channel.ts";
import type { NoticeSettings } from "./read-notice-settings.ts";
import { settleNotices } from "./settle-notices.ts";
import { createWebhookChannel } from "./webhook-channel.ts";

const INTERVAL_MS = 60_000;
/** How long the end waits for what is being sent. */
const GRACE_MS = 5_000;

export class Notifier {
  readonly #context: StoreContext;
  readonly #search: DueSearch;
  readonly #channels: readonly Channel[];
  readonly #log: ServerLog;
  /** No more is begun. */
  readonly #closing = new AbortController();
  /** What is under way ends too. */
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #run: Promise<void> | undefined;

  constructor(
    context: StoreContext,
    daysBefore: readonly number[],
    channels: readonly Channel[],
    log: ServerLog,
  ) {
    this.#context = context;
    this.#search = new DueSearch(context, { daysBefore, channels: channels.map(({ name }) => name) });
    this.#channels = channels;
    this.#log = log;
  }

  /** One round now, then one each minute after the end of the one before. Keeps no process alive. */
  start(intervalMs = INTERVAL_MS): void {
    void this.#repeat(intervalMs);
  }

  /** One round: the one under way, or else a new one. Faults go to the log: the next round tries again. */
  run(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.resolve();
    this.#run ??= this.#round().finally(() => {
      this.#run = undefined;
    });
    return this.#run;
  }

  /** Begins nothing more, and gives what is being sent some seconds to end. */
  async close(graceMs = GRACE_MS): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    const limit = setTimeout(() => this.#ending.abort(), graceMs);
    await this.#run;
    clearTimeout(limit);
  }

  async #repeat(intervalMs: number): Promise<void> {
    await this.run();
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#repeat(intervalMs), intervalMs).unref();
  }

  async #round(): Promise<void> {
    await this.#attempt(async () => {
      await dropExpired(this.#context);
      await this.#search.run(this.#closing.signal);
    });
    const sending = this.#channels.map((channel) => this.#attempt(() => this.#sendAll(channel)));
    await Promise.all(sending);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.error(errorFields(error), "notices of expiry could not be handled; they will be tried again");
    }
  }

  /** Until none is left. When a whole batch fails, the other side is at fault, and the rest waits for the next round. */
  async #sendAll(channel: Channel): Promise<void> {
    for (let goesOn = true; goesOn && !this.#closing.signal.aborted;) {
      const { notices, isFull } = await claimNotices(this.#context, channel.name, channel.concurrency);
      const settled = await Promise.all(
        notices.map(async (notice) => ({ row: notice.row, delivery: await this.#send(channel, notice) })),
      );
      await settleNotices(this.#context, settled);
      // SQLite works within this thread: requests get their turn between two batches.
      await pause();
      goesOn = isFull && (settled.length === 0 || settled.some(({ delivery }) => delivery.sent));
    }
  }

  async #send(channel: Channel, { message }: ClaimedNotice): Promise<Delivery> {
    const delivery = await channel.send(message, this.#ending.signal);
    const trouble = delivery.sent ? delivery.remark : delivery.reason;
    if (trouble !== undefined) {
      const outcome = delivery.sent ? "did not reach everybody" : "was not sent and will be tried again";
      const { id: notice, objectId } = message;
      this.#log.error({ notice, objectId }, `a notice of expiry by ${channel.name} ${outcome}: ${trouble}`);
    }
    return delivery;
  }
}

/** A notifier with a channel for each of the settings, and the log. It does nothing before it is started. */
export function createNotifier(context: StoreContext, settings: NoticeSettings, log: ServerLog): Notifier {
  const { daysBefore, webhook, email } = settings;
  const channels = [
    createLogChannel(log),
    ...(webhook ? [createWebhookChannel(webhook, context.clock)] : []),
    ...(email ? [createEmailChannel(email, context.clock)] : []),
  ];
  return new Notifier(context, daysBefore, channels, log);
}
