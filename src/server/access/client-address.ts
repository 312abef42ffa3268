/**
 * From which address a request comes, and whether the IP allowlist lets that call at all. Decided first, before any
 * credential is looked at; each gate words the refusal its own way (`admit.ts`), and what no gate has refused is
 * refused here.
 */

import type { FastifyInstance, FastifyRequest } from "fastify";
import { canonicalAddress } from "../../core/address-range.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendProblem } from "../problem.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route answers whatever the IP allowlist says. For probes only: it must tell nothing and do nothing. */
    fromAnywhere?: true;
  }
  interface FastifyRequest {
    /** In canonical spelling, or "unknown"; null inside the process. */
    clientAddress: string | null;
    isAddressAllowed: boolean;
  }
}

/** `inProcess`: the app is called by its own process only, which no list locks out. */
export function addAddressCheck(app: FastifyInstance, context: StoreContext, inProcess: boolean): void {
  app.decorateRequest("clientAddress", null);
  app.decorateRequest("isAddressAllowed", false);
  app.addHook("onRequest", async (request) => {
    const address = inProcess ? null : addressOf(request);
    request.clientAddress = address === undefined ? "unknown" : address;
    const isAllowed =
      address === null ||
      request.routeOptions.config.fromAnywhere === true ||
      context.allowlist.admits(address);
    request.isAddressAllowed = typeof isAllowed === "boolean" ? isAllowed : await isAllowed;
  });
  app.addHook("preParsing", (request, reply, _payload, done) => {
    if (request.isAddressAllowed) done();
    else sendProblem(reply, "address-not-allowed");
  });
}

/** Undefined when the peer is gone, or a trusted proxy has handed on something else than an address. */
const addressOf = ({ ip }: Partial<Pick<FastifyRequest, "ip">>): string | undefined =>
  ip === undefined ? undefined : canonicalAddress(ip);
