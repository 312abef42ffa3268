import { hostname, userInfo } from "node:os";

/** Who runs this process, and where: for people who wait for it. */
export const holder = (): string => `${userName()}@${hostname()} pid ${process.pid}`;

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown user";
  }
}
