/** Parameters of the Cortex API that hold several values, separated by commas or repeated, and instants. */

const VALUES = { type: "string", format: "line", maxLength: 4000 };

export const LIST = { anyOf: [VALUES, { type: "array", items: VALUES, maxItems: 50 }] } as const;

export type ListParameter = string | readonly string[] | undefined;

/** Undefined when the parameter is not there, or is empty. */
export function parseList(parameter: ListParameter): readonly string[] | undefined {
  const values = [parameter ?? []]
    .flat()
    .flatMap((text) => text.split(","))
    .filter((text) => text !== "");
  return values.length === 0 ? undefined : values;
}

const DATE = "\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])";
const HOUR_AND_MINUTE = "([01]\\d|2[0-3]):[0-5]\\d";

/** The vendor's own client leaves the offset out; then it is UTC. */
export const TIME = {
  type: "string",
  pattern: `^${DATE}T${HOUR_AND_MINUTE}(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]${HOUR_AND_MINUTE})?$`,
} as const;

/** `text` as `TIME` allows it. */
export const parseTime = (text: string): Date =>
  new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
