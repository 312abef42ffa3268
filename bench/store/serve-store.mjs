/** The store over HTTP, as `keywright serve` serves it: `serve-store.mjs <directory>`. */

import { serve } from "../../dist/server/serve.js";

const [, , directory] = process.argv;
const running = await serve({ directory: `${directory}/store`, port: 0 });
console.log(running.url);
process.once("SIGTERM", () => void running.close());
