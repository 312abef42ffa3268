/** Remembers which methods each path has, so that a wrong one is answered by 405 and `Allow` rather than by 404. */
export class AllowedMethods {
  readonly #routes: { readonly path: RegExp; readonly method: string }[] = [];

  /** `pattern` as the router writes it: `/v1/keys/:id`, `/docs/*`. */
  add(method: string, pattern: string): void {
    const text = pattern.replaceAll(/:[a-z]+/gi, "[^/]+").replace(/\*$/, ".*");
    this.#routes.push({ method, path: new RegExp(`^${text}$`) });
  }

  /** The methods of the route that `url` would reach, sorted; empty when there is none. */
  of(url: string): readonly string[] {
    const path = url.replace(/[?#].*$/s, "");
    return this.#routes
      .filter((route) => route.path.test(path))
      .map((route) => route.method)
      .sort();
  }
}
