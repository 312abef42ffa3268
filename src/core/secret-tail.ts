/** What of a secret may be shown, and tells which live key it belongs to where the ledger does not know. */

import { last4Of } from "./key-format.ts";
import type { LiveKey } from "./live.ts";
import { Secret } from "./secret.ts";

export interface SecretTail {
  readonly last4: string;
  /** What stands before a colon: the id of the key, where a store wants it together with the secret. */
  readonly keyId?: string;
}

const ID = /^(\d{1,20}):/;

export function tailOf(secret: Secret): SecretTail {
  const keyId = ID.exec(secret.reveal())?.[1];
  return { last4: last4Of(secret), ...(keyId !== undefined && { keyId }) };
}

/** The value that a key has where it is delivered together with its id. */
export const withKeyId = (id: string, key: Secret): Secret => Secret.of(`${id}:${key.reveal()}`);

/** By the last four characters; where the store does not tell them, by the id that stands in the value. */
export const hasTail = (key: Pick<LiveKey, "id" | "last4">, { last4, keyId }: SecretTail): boolean =>
  key.last4 === undefined ? key.id === keyId : key.last4 === last4;
