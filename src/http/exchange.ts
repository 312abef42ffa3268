/** One request and its answer, with a limit on every phase, and a note of how far it came: what never left is known not to have. */

import type { Dispatcher } from "undici";
import { TransportFailure } from "./transport-failure.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

export interface ExchangeLimits {
  /** From the sent request to the head of the answer. */
  readonly headersMs: number;
  /** Between two pieces of the answer. */
  readonly bodyMs: number;
  /** From the asking to the end of the answer, with the waiting for a connection. */
  readonly totalMs: number;
  readonly responseBytes: number;
}

/** Throws TransportFailure. `path` is that of the request with the prefix of the store's address. */
export function exchange(
  dispatcher: Dispatcher,
  origin: string,
  { method, path, headers, body }: HttpRequest,
  limits: ExchangeLimits,
  signal?: AbortSignal,
): Promise<HttpResponse> {
  const { headersMs, bodyMs } = limits;
  return new Promise((resolve, reject) => {
    const collector = new AnswerCollector(limits, { resolve, reject });
    collector.endWith(signal);
    const timeouts = { headersTimeout: headersMs, bodyTimeout: bodyMs };
    dispatcher.dispatch({ origin, method, path, headers, body: body ?? null, ...timeouts }, collector);
  });
}

interface Settle {
  readonly resolve: (response: HttpResponse) => void;
  readonly reject: (failure: TransportFailure) => void;
}

class AnswerCollector implements Dispatcher.DispatchHandler {
  readonly #limits: ExchangeLimits;
  readonly #settle: Settle;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #status = 0;
  #headers: HttpResponse["headers"] = {};
  #phase: TransportFailure["phase"] = "opening";
  #isOver = false;
  #controller: Dispatcher.DispatchController | undefined;
  #release: () => void = () => undefined;

  constructor(limits: ExchangeLimits, settle: Settle) {
    this.#limits = limits;
    this.#settle = settle;
  }

  /** Ends the waiting with `signal`, and when the time is up. */
  endWith(signal: AbortSignal | undefined): void {
    const timer = setTimeout(() => this.#giveUp("time"), this.#limits.totalMs);
    const stop = (): void => this.#giveUp("signal");
    signal?.addEventListener("abort", stop, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    };
  }

  /** Comes right before the first byte is written. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error("nobody waits for it any more"));
    else this.#phase = "sent";
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#phase = "answering";
    this.#status = status;
    this.#headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value ?? ""].flat().join(", ")]),
    );
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.responseBytes) this.#giveUp("size");
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#end();
    // Without a byte order mark, if there is one.
    const body = new TextDecoder().decode(Buffer.concat(this.#chunks));
    this.#settle.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail("error", error);
  }

  #giveUp(reason: TransportFailure["reason"]): void {
    this.#fail(reason);
    this.#controller?.abort(new Error("nobody waits for it any more"));
  }

  #fail(reason: TransportFailure["reason"], cause?: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#settle.reject(new TransportFailure(this.#phase, reason, cause, { status: this.#status }));
  }

  #end(): void {
    this.#isOver = true;
    this.#release();
  }
}
