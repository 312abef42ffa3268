/**
 * A credential of Cortex Cloud is two things that change together, an id and a key: it is delivered as one text,
 * `87:AbC…`, so that nobody ever reads a new id with an old key.
 */

import { Secret } from "../../core/secret.ts";

export interface CloudSecret {
  readonly keyId: string;
  readonly key: Secret;
}

const SHAPE = /^(\d{1,20}):([\x21-\x7e]+)$/;

export const joinCloudSecret = (keyId: number, key: string): Secret => Secret.of(`${keyId}:${key}`);

/** Undefined when it is no id and key. */
export function splitCloudSecret(secret: Secret): CloudSecret | undefined {
  const [, keyId, key] = SHAPE.exec(secret.reveal()) ?? [];
  return keyId === undefined || key === undefined ? undefined : { keyId, key: Secret.of(key) };
}
