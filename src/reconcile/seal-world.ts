/**
 * The edge where errors of stores, sinks and ledgers come in: none of them brings a secret along. A port knows what it
 * was given, and an error of it may say that back, in a message, a stack or a cause; from there it would go into the
 * run's record, the ledger, the log. So every error is redacted before anybody sees it.
 */

import { slotId, type Slot } from "../core/desired.ts";
import { type Redact, redactError, redactSecrets, redactWords, shorten } from "../core/redact.ts";
import type { KeyStore, Ledger, SecretSink, Verification } from "../core/ports.ts";
import { Secret } from "../core/secret.ts";
import type { World } from "./world.ts";

/** The same world. `credentials`: what its store and its sinks are asked with. */
export const sealWorld = <W extends World>(world: W, credentials: readonly Secret[] = []): W => ({
  ...world,
  store: sealStore(world.store, credentials),
  sinks: new Map([...world.sinks].map(([name, sink]) => [name, sealSink(sink, credentials)])),
  ledger: sealLedger(world.ledger),
});

export const sealLedger = <L extends Ledger>(ledger: L): L =>
  sealPort(ledger, () => (text) => redactSecrets(text, []));

export function sealStore(store: KeyStore, credentials: readonly Secret[]): KeyStore {
  const isMinting = store.capabilities.mint.by === "store";
  const redactorOf: RedactorOf = (method, args) => (text) => {
    const known = redactSecrets(text, [...credentials, ...args.flatMap(secretsIn)]);
    // Nobody knows yet what the answer to a creation may tell.
    return isMinting && method === "create" ? redactWords(known) : known;
  };
  return sealPort(store, redactorOf, (method, args, result) =>
    method === "verify" ? withSafeReason(result as Verification, redactorOf(method, args)) : result,
  );
}

const withSafeReason = (answer: Verification, redact: Redact): Verification =>
  answer.valid ? answer : { valid: false, reason: shorten(redact(answer.reason)) };

/** Of a slot: what was last read there or written. */
const MOST_VALUES = 4;

export function sealSink(sink: SecretSink, credentials: readonly Secret[]): SecretSink {
  const values = new Map<string, readonly Secret[]>();
  const valuesOf = (slot: unknown): readonly Secret[] => values.get(slotId(slot as Slot)) ?? [];
  const note = ([slot]: readonly unknown[], secrets: readonly Secret[]): void => {
    if (secrets.length > 0)
      values.set(slotId(slot as Slot), [...valuesOf(slot), ...secrets].slice(-MOST_VALUES));
  };
  return sealPort(
    sink,
    (_method, args) => {
      note(args, args.flatMap(secretsIn));
      return (text) => redactSecrets(text, [...credentials, ...valuesOf(args[0])]);
    },
    (_method, args, result) => {
      note(args, secretsIn(result));
      return result;
    },
  );
}

/** Itself, or right inside a request, an entry, an answer. */
function secretsIn(value: unknown): readonly Secret[] {
  if (value instanceof Secret) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((part) => part instanceof Secret);
}

type RedactorOf = (method: string, args: readonly unknown[]) => Redact;
type Refine = (method: string, args: readonly unknown[], result: unknown) => unknown;

const asItIs: Refine = (_method, _args, result) => result;

/** `port` with every error of its methods redacted; `refine` makes what they resolve to of what they did. */
function sealPort<P extends object>(port: P, redactorOf: RedactorOf, refine: Refine = asItIs): P {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]): unknown => {
        const redact = redactorOf(String(name), args);
        try {
          const result: unknown = Reflect.apply(member, target, args);
          if (isAsyncIterable(result)) return sealIterable(result, redact);
          if (!(result instanceof Promise)) return result;
          return sealPromise(result, redact, (value) => refine(String(name), args, value));
        } catch (error) {
          throw redactError(error, redact);
        }
      };
    },
  });
}

async function sealPromise(
  result: Promise<unknown>,
  redact: Redact,
  refine: (value: unknown) => unknown,
): Promise<unknown> {
  try {
    return refine(await result);
  } catch (error) {
    throw redactError(error, redact);
  }
}

async function* sealIterable(items: AsyncIterable<unknown>, redact: Redact): AsyncGenerator {
  try {
    yield* items;
  } catch (error) {
    throw redactError(error, redact);
  }
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;
