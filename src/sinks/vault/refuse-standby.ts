import { KeywrightError } from "../../core/error.ts";
import type { Transport } from "../../http/transport.ts";

/** A standby server sends its callers to the active one. The token goes nowhere but to the configured address. */
export const refuseStandby = (transport: Transport): Transport => ({
  ...transport,
  request: async (request, signal) => {
    const response = await transport.request(request, signal);
    if (response.status !== 307) return response;
    throw new KeywrightError(
      "STORE_REJECTED",
      `The Vault server at ${transport.where} is a standby: it names another server (307), which no request follows.`,
      {
        hint: "Write the address of the active server, or of a load balancer that finds it; or let standbys forward requests.",
      },
    );
  },
});
