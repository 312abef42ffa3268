import type { LiveKey } from "./live.ts";

/** A live key for people: `ak12 (…f3a9)`, or its id alone where the store tells no more. */
export const keyText = ({ id, last4 }: Pick<LiveKey, "id" | "last4">): string =>
  last4 === undefined || last4 === "" ? id : `${id} (…${last4})`;
