/**
 * Tells people what stands, each channel once: what is to be said is claimed in the ledger by compare-and-set, said, and
 * settled there. It needs no lease, so it stands in no run's way, and however many look at once, one of them tells.
 */

import { canonicalJson } from "../core/digest.ts";
import { isKeywrightError } from "../core/error.ts";
import type { Notification } from "../core/notification.ts";
import type { Clock, Ledger, Messenger, NoticeChannel } from "../core/ports.ts";
import type { Observed } from "../core/telling/matter.ts";
import { nextTelling, type Sending, type Telling } from "../core/telling/next-telling.ts";
import { type SendingResult, settleTelling } from "../core/telling/settle-telling.ts";
import { NOTICES_RECORD, toldOf, type ToldNotices } from "../core/telling/told.ts";
import { messageOf } from "./message-of.ts";
import { type Sent, showAll, showLater } from "./show.ts";

export interface TellingPorts {
  readonly ledger: Pick<Ledger, "records" | "claim">;
  readonly channels?: readonly NoticeChannel[];
  readonly clock: Clock;
}

export interface TellingSubject {
  readonly instance: string;
  /** `KeyStore.identity`, where it is known. */
  readonly store?: string;
}

export interface NoticeFailure {
  /** Absent: it could not be found out, or not be written down, who is to be told. */
  readonly channel?: string;
  /** Absent where a board could not be brought up to date. */
  readonly notification?: Notification;
  /** True: it was sent, and did not reach everybody. */
  readonly isSent?: boolean;
  readonly message: string;
}

/** How often a write is begun anew because others were faster. */
const MOST_TRIES = 8;

/** Never throws: what fails is given back, and tried again by the next run. Once `signal` is aborted nothing more is sent. */
export async function tell(
  ports: TellingPorts,
  subject: TellingSubject,
  observed: Observed,
  signal?: AbortSignal,
): Promise<readonly NoticeFailure[]> {
  if (!ports.channels?.length || signal?.aborted) return [];
  try {
    const { sendings, showings } = await claim(ports, subject, observed);
    if (sendings.length + showings.length === 0) return [];
    const sent = await Promise.all(
      ports.channels.map((channel) =>
        channel.isBoard ? showAll(channel, showings, signal) : sendAll(channel, sendings, ports, signal),
      ),
    );
    return [...sent.flatMap(({ failures }) => failures), ...(await settle(ports, sent, signal))];
  } catch (error) {
    return [{ message: messageOf(error) }];
  }
}

/** Whether anybody would be told of it, by records as they were read some time ago. */
export const isOwed = (
  { channels = [], clock }: TellingPorts,
  subject: TellingSubject,
  observed: Observed,
  records: Parameters<typeof toldOf>[0],
): boolean =>
  nextTelling({ ...subject, told: toldOf(records), version: 0, observed, channels, now: clock.now() })
    .sendings.length > 0;

async function claim(ports: TellingPorts, subject: TellingSubject, observed: Observed): Promise<Telling> {
  const { channels = [], clock } = ports;
  return rewrite(ports, (told, version) => {
    const telling = nextTelling({ ...subject, told, version, observed, channels, now: clock.now() });
    return { result: telling, next: telling.next };
  });
}

/** One after the other, so that one channel is not asked for two things at once. */
async function sendAll(
  channel: Messenger,
  sendings: readonly Sending[],
  ports: TellingPorts,
  signal: AbortSignal | undefined,
): Promise<Sent> {
  const results: SendingResult[] = [];
  const failures: NoticeFailure[] = [];
  for (const sending of sendings.filter(({ channel: name }) => name === channel.name)) {
    const { failure, isSent } = await send(channel, sending, ports, signal);
    results.push({ sending, isSent });
    if (failure) failures.push(failure);
  }
  return { results, failures };
}

async function send(
  channel: Messenger,
  sending: Sending,
  { clock }: TellingPorts,
  signal: AbortSignal | undefined,
): Promise<{ readonly isSent: boolean; readonly failure?: NoticeFailure }> {
  const about = { channel: channel.name, notification: sending.notification };
  try {
    if (signal?.aborted) return { isSent: false };
    if (clock.now().getTime() >= Date.parse(sending.until))
      return { isSent: false, failure: { ...about, message: LATE } };
    const { remark } = await channel.tell(sending.notification, signal);
    const failure = remark === undefined ? {} : { failure: { ...about, isSent: true, message: remark } };
    return { isSent: true, ...failure };
  } catch (error) {
    return { isSent: false, failure: { ...about, message: messageOf(error) } };
  }
}

/** Others may be at it by now. */
const LATE = "what was sent before it took too long; the next run sends this";

/** Whoever cannot write down what was told leaves it to be told again: that is better than never. */
async function settle(
  ports: TellingPorts,
  sent: readonly Sent[],
  signal: AbortSignal | undefined,
): Promise<readonly NoticeFailure[]> {
  const { channels = [] } = ports;
  const results = sent.flatMap((each) => each.results);
  try {
    const now = await rewrite(ports, (told) => {
      const next = settleTelling(told, results, channels);
      return { result: next, next };
    });
    const boards = sent.flatMap(({ shown }) => shown ?? []);
    return (await Promise.all(boards.map((shown) => showLater(shown, now, signal)))).flat();
  } catch (error) {
    return [{ message: `that it was sent could not be written down: ${messageOf(error)}` }];
  }
}

type Rewrite<T> = (told: ToldNotices, version: number) => { readonly result: T; readonly next: ToldNotices };

/** Reads, decides and writes, anew when somebody else wrote in between; writes nothing where nothing is new. */
async function rewrite<T>({ ledger }: TellingPorts, decide: Rewrite<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const records = await ledger.records();
    const told = toldOf(records);
    const version = records.get(NOTICES_RECORD)?.version ?? 0;
    const { result, next } = decide(told, version);
    if (isSame(told, next)) return result;
    try {
      await ledger.claim(NOTICES_RECORD, version, { retiring: [], protected: false, notices: next });
      return result;
    } catch (error) {
      if (!isKeywrightError(error, "LEDGER_CONFLICT") || tries === MOST_TRIES) throw error;
    }
  }
}

const isSame = (a: ToldNotices, b: ToldNotices): boolean => canonicalJson(a) === canonicalJson(b);
