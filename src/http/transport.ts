/** How an adapter reaches its store: over HTTP, or in process. */

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With its query. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Transport {
  /** For messages: the host, or the directory. Never a credential. */
  readonly where: string;
  /**
   * One request, never repeated, redirects not followed. Throws STORE_UNREACHABLE when the request certainly
   * did not arrive, STORE_OUTCOME_UNKNOWN when it may have, STORE_CONTRACT when the answer is too large.
   */
  request(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  close(): Promise<void>;
}
