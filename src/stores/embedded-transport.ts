import { KeywrightError, isKeywrightError } from "../core/error.ts";
import type { Secret } from "../core/secret.ts";
import type { HttpRequest, HttpResponse, Transport } from "../http/transport.ts";

/** A key store in this process, as the composition root hands it over. */
export interface EmbeddedStore {
  /** The key to call it with. */
  readonly adminToken: Secret;
  inject(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** Calls the store's app without a network. `directory` is for messages. */
export function createEmbeddedTransport(store: EmbeddedStore, directory: string): Transport {
  return {
    where: directory,
    request: async (request, signal) => {
      if (signal?.aborted === true) {
        throw new KeywrightError("INTERRUPTED", `Stopped before a request to the key store in ${directory}.`);
      }
      try {
        return await store.inject(request);
      } catch (error) {
        throw isKeywrightError(error) ? error : unknownOutcome(directory, error);
      }
    },
    close: () => store.close(),
  };
}

const unknownOutcome = (directory: string, cause: unknown): KeywrightError =>
  new KeywrightError("STORE_OUTCOME_UNKNOWN", `The key store in ${directory} gave no answer.`, {
    hint: "Run again: the next run finds out what was done and goes on.",
    cause,
  });
