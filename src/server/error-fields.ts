/**
 * What a log may hold of an error: its class, message, code and stack. Other members stay out: a database's error,
 * for one, carries the values of the row that it refused.
 */
export function errorFields(error: unknown): { readonly err: Readonly<Record<string, unknown>> } {
  if (!(error instanceof Error)) return { err: { type: typeof error } };
  const { name, message, stack } = error;
  return { err: { type: name, message, ...("code" in error && { code: error.code }), stack } };
}
