/**
 * Conditional requests (RFC 9110, section 13). A tag is `"<version>-<digest of the answer>"`. `If-None-Match` compares
 * all of it: an answer that time alone has changed (a key that expired) is a new one. `If-Match` compares the version:
 * it guards against another change, not against the clock.
 */

import type { FastifyReply, FastifyRequest } from "fastify";
import { canonicalJson, sha256Hex } from "../../core/digest.ts";
import type { IfMatch, Version } from "../domain/precondition.ts";

const LIST = '^(\\*|(W/)?"[!#-~]{0,80}"([ \\t]*,[ \\t]*(W/)?"[!#-~]{0,80}"){0,9})$';
const DIGEST_LENGTH = 12;

/** For the `properties` of a route's header schema. */
export const IF_MATCH = { "if-match": { type: "string", pattern: LIST, maxLength: 1000 } };
export const IF_NONE_MATCH = { "if-none-match": { type: "string", pattern: LIST, maxLength: 1000 } };

/** For the `headers` of a route's schema. */
export const CHANGE_HEADERS = { type: "object", properties: IF_MATCH };
export const READ_HEADERS = { type: "object", properties: IF_NONE_MATCH };

const entityTag = (version: Version, answer: object): string =>
  `"${version}-${sha256Hex(canonicalJson(answer)).slice(0, DIGEST_LENGTH)}"`;

/**
 * Sends `answer` with its tag, or 304 to a GET whose `If-None-Match` has that tag. Call it only for success.
 * `shownOnce` is sent too, but is no part of the tag.
 */
export function sendTagged(
  reply: FastifyReply,
  version: Version,
  answer: object,
  shownOnce: object = {},
): FastifyReply {
  const tag = entityTag(version, answer);
  reply.header("etag", tag);
  const { method, headers } = reply.request;
  const isKnown = method === "GET" && tagsOf(headers["if-none-match"]).some((known) => isSame(known, tag));
  return isKnown ? reply.code(304).send() : reply.send({ ...answer, ...shownOnce });
}

/** What `refuseStale` takes; undefined when the request has no `If-Match`. A weak tag matches nothing. */
export function ifMatchOf({ headers }: Pick<FastifyRequest, "headers">): IfMatch | undefined {
  const header = headers["if-match"];
  if (header === undefined) return undefined;
  if (header === "*") return "any";
  return tagsOf(header).flatMap((tag) => /^"(.*)-[0-9a-f]+"$/.exec(tag)?.[1] ?? []);
}

const tagsOf = (header: string | undefined): readonly string[] => header?.match(/\*|(W\/)?"[^"]*"/g) ?? [];

const isSame = (known: string, tag: string): boolean => known === "*" || known.replace(/^W\//, "") === tag;
