import { DAY_MS } from "../../core/duration.ts";
import { setImmediate as pause } from "node:timers/promises";
import type { ChangedObject } from "../domain/change-watcher.ts";
import type { StoreContext } from "../domain/store-context.ts";
import type { NoticeSubject, NoticeTerms } from "./due-notices.ts";
import { NOTICE_OBJECTS } from "./notice.ts";
import { type ExpiryPlace, readExpiring, readSubjects } from "./read-subjects.ts";
import { recordNotices } from "./record-notices.ts";

const PAGE_SIZE = 500;
const MOST_CHANGED = 5000;
const WHOLE_EVERY_MS = 60 * 60_000;

/**
 * Looks for notices that have become due, and writes them down. At first, and once an hour, it looks at all that
 * expires within the longest threshold; in between only at what has passed a threshold or changed since the last time.
 */
export class DueSearch {
  readonly #context: StoreContext;
  readonly #terms: NoticeTerms;
  #lastAt: Date | undefined;
  #lastWholeAt: Date | undefined;
  #changed: Set<string> | "everything" = "everything";

  constructor(context: StoreContext, terms: NoticeTerms) {
    this.#context = context;
    this.#terms = terms;
    context.watcher.listen((changed) => this.#note(changed));
  }

  /** Ends early when `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#context.watcher.refresh();
    const now = this.#context.clock.now();
    const since = this.#isWholeDue(now) ? undefined : this.#lastAt;
    const changed = this.#changed;
    this.#changed = new Set();
    try {
      if (changed === "everything" || since === undefined) {
        await this.#lookBetween(now, daysAfter(now, Math.max(...this.#terms.daysBefore)), now, signal);
        this.#lastWholeAt = now;
      } else {
        for (const days of this.#terms.daysBefore) {
          await this.#lookBetween(daysAfter(since, days), daysAfter(now, days), now, signal);
        }
        await this.#lookAt([...changed], now, signal);
      }
      this.#lastAt = now;
    } catch (error) {
      this.#changed = "everything";
      throw error;
    }
  }

  async #lookBetween(from: Date, until: Date, now: Date, signal: AbortSignal): Promise<void> {
    for (const type of NOTICE_OBJECTS) {
      let after: ExpiryPlace | undefined = { expiresAt: from.toISOString(), objectId: "" };
      while (after && !signal.aborted) {
        const { database } = this.#context;
        const page: readonly NoticeSubject[] = await readExpiring[type](
          database,
          after,
          until.toISOString(),
          PAGE_SIZE,
        );
        await this.#record(page, now);
        after = page.length < PAGE_SIZE ? undefined : page.at(-1);
      }
    }
  }

  async #lookAt(ids: readonly string[], now: Date, signal: AbortSignal): Promise<void> {
    for (let at = 0; at < ids.length && !signal.aborted; at += PAGE_SIZE) {
      await this.#record(await readSubjects(this.#context.database, ids.slice(at, at + PAGE_SIZE)), now);
    }
  }

  async #record(subjects: readonly NoticeSubject[], now: Date): Promise<void> {
    await recordNotices(this.#context, subjects, this.#terms, now);
    // SQLite works within this thread: requests get their turn between two pages.
    await pause();
  }

  /** A clock that went back starts anew. */
  #isWholeDue(now: Date): boolean {
    const ageMs = now.getTime() - (this.#lastWholeAt?.getTime() ?? Number.NEGATIVE_INFINITY);
    return ageMs >= WHOLE_EVERY_MS || now.getTime() < (this.#lastAt?.getTime() ?? 0);
  }

  #note(changed: readonly ChangedObject[] | "everything"): void {
    if (this.#changed === "everything") return;
    // What happens to a user happens to all of that user's tokens.
    const isTooMuch = changed === "everything" || changed.some(({ objectType }) => objectType === "USER");
    if (isTooMuch || this.#changed.size > MOST_CHANGED) {
      this.#changed = "everything";
      return;
    }
    for (const { objectType, objectId } of changed) {
      if ((NOTICE_OBJECTS as readonly string[]).includes(objectType)) this.#changed.add(objectId);
    }
  }
}

const daysAfter = (instant: Date, days: number): Date => new Date(instant.getTime() + days * DAY_MS);
