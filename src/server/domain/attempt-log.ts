/**
 * Attempts to use a credential: all are counted, and the failed ones are gathered until they go to the audit log,
 * so that a flood of them cannot fill the disk. One or two entries stand for all of one kind from one address in a
 * minute: the first is written within seconds, the rest when the minute is over.
 */

import type { Actor, AuditRecord } from "./audit.ts";

/** A caller shows its own credential, or asks about somebody's. */
export type AttemptKind = "authentication" | "verification";

/** What came of it: a `Verification`, or that nobody looked because the address had failed too often. */
export type Attempt =
  | { readonly valid: true }
  | {
      readonly valid: false;
      readonly reason: string;
      readonly credential?: { readonly type: "API_KEY" | "PERSONAL_API_KEY"; readonly id: string };
    };

/** Failures of one kind, by one actor, with one credential or unknown ones, within one minute. */
interface Gathered {
  readonly minute: number;
  readonly entry: Omit<AuditRecord, "details">;
  readonly reason: string;
  readonly first: Date;
  last: Date;
  count: number;
  written: number;
}

const MINUTE_MS = 60_000;
/** What is more than that in one minute goes to one entry for each reason, without an address. */
const MOST_PER_MINUTE = 100;
/** What is more than that, while nothing can be written, is only counted. */
const MOST_GATHERED = 10 * MOST_PER_MINUTE;
const SOMEBODY: Actor = { type: "ANONYMOUS", id: null, ipAddress: null };

export class AttemptLog {
  readonly #counts = new Map<string, number>();
  readonly #gathered = new Map<string, Gathered>();
  #writing: Promise<void> = Promise.resolve();
  #minute = 0;
  #inMinute = 0;

  /** `actor`: who shows the credential, or asks about it. */
  note(kind: AttemptKind, attempt: Attempt, actor: Actor, now: Date): void {
    const name = `${kind} ${attempt.valid ? "valid" : attempt.reason}`;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    if (!attempt.valid) this.#gather(kind, attempt, actor, now);
  }

  /** How many there were since the process began, by kind and result, such as `verification valid`. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** Hands what is due to `write`, with `all` everything; what it fails to write stays. One call at a time. */
  flush(now: Date, all: boolean, write: (records: readonly AuditRecord[]) => Promise<void>): Promise<void> {
    const writing = this.#writing.then(() => this.#writeDue(now, all, write));
    this.#writing = writing.catch(() => undefined);
    return writing;
  }

  async #writeDue(now: Date, all: boolean, write: (records: readonly AuditRecord[]) => Promise<void>) {
    const minute = minuteOf(now);
    const isDue = (one: Gathered): boolean =>
      one.count > one.written && (all || one.minute !== minute || one.written === 0);
    const due = [...this.#gathered.values()].filter(isDue).map((one) => ({ one, upTo: one.count }));
    if (due.length > 0) await write(due.map(({ one }) => buildRecord(one)));
    for (const { one, upTo } of due) one.written = upTo;
    for (const [name, one] of this.#gathered) {
      if (one.minute !== minute && one.written === one.count) this.#gathered.delete(name);
    }
  }

  #gather(kind: AttemptKind, attempt: Attempt & { valid: false }, actor: Actor, now: Date): void {
    const minute = minuteOf(now);
    if (minute !== this.#minute) [this.#minute, this.#inMinute] = [minute, 0];
    const { reason, credential } = attempt;
    const name = [minute, kind, reason, actor.id, actor.ipAddress, credential?.id].join(" ");
    const known = this.#gathered.get(name);
    if (known) {
      known.count += 1;
      known.last = now;
    } else if (this.#inMinute >= MOST_PER_MINUTE && actor !== SOMEBODY) {
      this.#gather(kind, { valid: false, reason }, SOMEBODY, now);
    } else if (this.#gathered.size < MOST_GATHERED) {
      this.#inMinute += 1;
      const entry = buildEntry(kind, attempt, actor);
      this.#gathered.set(name, { minute, entry, reason, first: now, last: now, count: 1, written: 0 });
    }
  }
}

const minuteOf = (now: Date): number => Math.floor(now.getTime() / MINUTE_MS);

const buildEntry = (kind: AttemptKind, { credential }: Attempt & { valid: false }, actor: Actor) => ({
  actor,
  action: kind === "authentication" ? ("AUTHENTICATION_FAILED" as const) : ("VERIFICATION_FAILED" as const),
  objectType: credential?.type ?? ("API_KEY" as const),
  objectId: credential?.id ?? "unknown",
});

/** What came since it was last written. */
const buildRecord = ({ entry, reason, first, last, count, written }: Gathered): AuditRecord => ({
  ...entry,
  details: { reason, count: count - written, first: first.toISOString(), last: last.toISOString() },
});
