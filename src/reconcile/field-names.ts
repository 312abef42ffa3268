/** Of what a change changes, each once. */
export const fieldNames = (fields: readonly { readonly field: string }[]): string =>
  [...new Set(fields.map(({ field }) => field))].join(", ");
