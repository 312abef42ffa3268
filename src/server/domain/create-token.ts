import type { Kysely } from "kysely";
import { createKey as createSecret, keyDigest, last4Of } from "../../core/key-format.ts";
import type { Secret } from "../../core/secret.ts";
import type { Tables } from "../database/tables.ts";
import type { Keyring } from "../key-material/keyring.ts";
import { pepperedDigest } from "../key-material/pepper.ts";
import type { Caller } from "./caller.ts";
import { type Change, change } from "./change.ts";
import type { ClientSecret } from "./create-key.ts";
import { createId } from "./key-names.ts";
import { type PersonalToken, type TokenRow, buildToken } from "./personal-token.ts";
import { checkPolicy, readPolicy } from "./policy.ts";
import { type Refusal, isRefusal } from "./refusal.ts";
import type { StoreContext } from "./store-context.ts";
import { refuseTakenDigest } from "./taken-digest.ts";
import { readUserAs } from "./user.ts";

/** With `digest` and `last4`: the client made the secret itself and keeps it. */
export interface NewToken extends Partial<ClientSecret> {
  readonly name: string;
  readonly description?: string;
  /** ISO 8601 with an offset. */
  readonly expiresAt?: string;
}

export interface CreatedToken {
  readonly token: PersonalToken;
  /** Only when it was made here, and only this once. */
  readonly secret?: Secret;
}

/** For the caller's own user, or for another one whose rights the caller has. */
export const createToken = (
  context: StoreContext,
  caller: Caller,
  userId: string,
  request: NewToken,
): Promise<CreatedToken | Refusal> =>
  change(context, caller, async (made) => {
    const { transaction, now, record } = made;
    const user = await readUserAs(caller, transaction, userId);
    if (isRefusal(user)) return user;
    const secret = request.digest === undefined ? createTokenSecret(context) : undefined;
    const material = secret ? { digest: keyDigest(secret), last4: last4Of(secret) } : request;
    const { pepper } = await context.keyMaterial.current(transaction);
    const row = buildRow(context, pepper, userId, { ...request, ...material }, now);
    const refusal =
      (await refuseMaker(caller, made, user.status)) ??
      (await refuseExpiry(transaction, row.expires_at, now)) ??
      (await refuseTakenDigest(context, transaction, material.digest ?? ""));
    if (refusal) return refusal;
    await transaction.insertInto("personal_tokens").values(row).execute();
    const { name, expires_at: expiresAt } = row;
    record({
      action: "CREATE",
      objectType: "PERSONAL_API_KEY",
      objectId: row.id,
      details: { userId, name, expiresAt },
    });
    return { token: buildToken(row, true, now), ...(secret && { secret }) };
  });

/** `kwp_live_…` where keys are `kw_live_…`. */
const createTokenSecret = ({ keyFormat, random }: StoreContext): Secret =>
  createSecret({ ...keyFormat, prefix: `${keyFormat.prefix}p` }, random);

/** What was revoked or disabled after its request was let in leaves no token behind. */
async function refuseMaker(
  caller: Caller,
  { transaction }: Change,
  userStatus: string,
): Promise<Refusal | undefined> {
  if (userStatus !== "active") {
    return { refused: "user-disabled", detail: "A disabled user gets no new tokens." };
  }
  if (caller.userId === null) return undefined;
  const own = await transaction
    .selectFrom("personal_tokens")
    .select("id")
    .where("id", "=", caller.id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return own ? undefined : { refused: "forbidden", detail: "The caller's token has just been revoked." };
}

/** The policy's rule on roles is for keys: a token has none of its own. */
async function refuseExpiry(
  database: Kysely<Tables>,
  expiresAt: string | null,
  now: Date,
): Promise<Refusal | undefined> {
  if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
    return { refused: "expiry-in-past", detail: `expiresAt must be later than now, ${now.toISOString()}.` };
  }
  const policy = { ...(await readPolicy(database)), allowedRoles: null };
  return checkPolicy(policy, { roles: [], expiresAt }, now, "The token");
}

const buildRow = (
  { random }: StoreContext,
  pepper: Keyring,
  userId: string,
  { name, description, expiresAt, digest, last4 }: NewToken,
  now: Date,
): TokenRow => ({
  id: createId("pat", random, now),
  user_id: userId,
  name,
  description: description ?? "",
  last4: last4 ?? "",
  digest: pepperedDigest(pepper, digest ?? ""),
  pepper_version: pepper.current,
  created_at: now.toISOString(),
  expires_at: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  revoked_at: null,
  version: 1,
});
