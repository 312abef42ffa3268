import { INVISIBLE } from "./invisible.ts";

/** JSON, indented by two, with a line end. Parses to `value`; what is invisible in it is spelled `\uXXXX` (G9). */
export const renderJson = (value: unknown): string =>
  `${JSON.stringify(value, undefined, 2).replace(INVISIBLE, (found) => (found === "\n" ? found : escaped(found)))}\n`;

const escaped = (character: string): string =>
  character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
