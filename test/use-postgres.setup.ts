/** Tells each test file of the `postgres` project, and the processes that it starts, where PostgreSQL is. */

import { inject } from "vitest";

process.env["KEYWRIGHT_TEST_POSTGRES"] = inject("postgresUrl");
