/** Limits that the HTTP parser and the schemas do not have. */

import { type FastifyInstance, errorCodes } from "fastify";
import { sendProblem } from "./problem.ts";

const MOST_HEADERS = 200;
/** Far more than any body of ours has. */
const MOST_LEVELS = 32;
const MOST_VALUES = 20_000;

class TooDeep extends Error {
  readonly statusCode = 400;
}

export function limitRequests(app: FastifyInstance): void {
  // Node leaves out silently what comes after its own, higher limit: a second credential, for one.
  app.addHook("onRequest", (request, reply, done) => {
    if (request.raw.rawHeaders.length <= 2 * MOST_HEADERS) done();
    else sendProblem(reply, "headers-too-large");
  });
  app.addHook("preValidation", (request, _reply, done) => done(faultOf(request.body)));
}

/**
 * Refuses bodies of many levels or values before anything walks through them: a walk as deep as a body can be ends
 * the stack, and telling each of a million faults takes seconds. Goes down level by level, without recursion.
 */
function faultOf(body: unknown): Error | undefined {
  let level: unknown[] = [body];
  let values = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    values += level.length;
    if (depth > MOST_LEVELS) return new TooDeep("the body has too many levels");
    if (values > MOST_VALUES) return errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null ? Object.values(value) : [],
    );
  }
  return undefined;
}
