/**
 * What the slot that a Secret's value comes from was found to hold, against what the store got last: the value itself
 * is no fact, and neither is a digest of it.
 */
export type ValueReading =
  /** Something, and the ledger has no receipt to compare it with. */
  | { readonly type: "new" }
  | { readonly type: "same" }
  | { readonly type: "changed" }
  | { readonly type: "empty" }
  /** The sink never gives a value back. */
  | { readonly type: "blind" }
  /** It could not be read just now. */
  | { readonly type: "unreadable"; readonly message: string; readonly hint?: string };
