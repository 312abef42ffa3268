/** The API's description at `/openapi.json`, and a page at `/docs` to read and try it: from this server alone. */

import swagger, { type SwaggerTransformObject } from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { FastifyInstance } from "fastify";
import { type Json, RESPONSES, SCHEMAS, SECURITY_SCHEMES } from "./components.ts";
import { CORTEX_CLOUD_OPERATIONS } from "./cortex-cloud-operations.ts";
import { CORTEX_OPERATIONS } from "./cortex-operations.ts";
import { describeRoutes } from "./describe-routes.ts";
import { NATIVE_OPERATIONS } from "./native-operations.ts";
import { type Operations, TAGS } from "./operation.ts";

const PAGE = "/docs";
/** The page's scripts, styles and calls are this server's; images may be data, as its stylesheet has them. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export const OPERATIONS: Operations = {
  ...NATIVE_OPERATIONS,
  ...CORTEX_OPERATIONS,
  ...CORTEX_CLOUD_OPERATIONS,
};

/** Must come before the routes that it describes, and before what asks routes for their permission. */
export function addApiDescription(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    if (isOfPage(route.url)) route.config = { ...route.config, permission: "nobody asked" };
  });
  void app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Keywright key store",
        version: "1",
        description: "API keys, roles, users, secrets and their audit log. Errors are RFC 9457 problems.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/" }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: { securitySchemes: SECURITY_SCHEMES as never },
    },
    transform: ({ schema, url }) => ({ schema: isDescribed(url) ? schema : { ...schema, hide: true }, url }),
    transformObject: (generated) => complete(app, generated),
  });
  void app.register(swaggerUi, {
    routePrefix: PAGE,
    staticCSP: PAGE_POLICY,
    theme: { title: "Keywright key store" },
    uiConfig: { layout: "BaseLayout", docExpansion: "list", persistAuthorization: false },
  });
  void app.register(async (scope) => {
    scope.get("/openapi.json", { config: { permission: "nobody asked" } }, () => app.swagger());
  });
}

type Generated = Parameters<SwaggerTransformObject>[0];

/** Adds what schemas do not say. A route that asks nobody is open. */
function complete(app: FastifyInstance, generated: Generated): ReturnType<SwaggerTransformObject> {
  if (!("openapiObject" in generated)) throw new Error("the description is not OpenAPI 3");
  const { paths, components, ...document } = generated.openapiObject;
  const open = new Set(
    app.declaredRoutes
      .filter(({ permission }) => permission === "nobody asked")
      .map(({ method, url }) => `${method} ${url}`),
  );
  const isOpen = (method: string, path: string): boolean => open.has(`${method.toUpperCase()} ${path}`);
  const described: Json = {
    ...document,
    components: { ...components, schemas: SCHEMAS, responses: RESPONSES },
    paths: describeRoutes(paths as never, OPERATIONS, isOpen),
  };
  return described;
}

const isOfPage = (url: string): boolean => url === PAGE || url.startsWith(`${PAGE}/`);

/** A path with a slash at its end is another path's twin. */
const isDescribed = (url: string): boolean => !isOfPage(url) && !url.endsWith("/");
