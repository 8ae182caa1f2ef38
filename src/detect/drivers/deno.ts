import type { Row } from "./row";

/**
 * What Deno has beside npm's drivers: modules of JSR, by the names that npm knows them by, and of deno.land/x. Nothing
 * was measured.
 */
export const denoDrivers: readonly Row[] = [
  {
    id: "deno-postgres",
    service: "postgresql",
    verdict: "uses",
    packages: ["@jsr/db__postgres", "@jsr/bartlomieju__postgres", "deno.land/x/postgres"],
  },

  {
    id: "deno-mongo",
    service: "mongodb",
    verdict: "uses",
    packages: ["@jsr/db__mongo", "deno.land/x/mongo"],
  },

  {
    id: "deno-redis",
    service: "redis",
    verdict: "uses",
    packages: ["@jsr/db__redis", "@jsr/iuioiua__redis", "deno.land/x/redis", "deno.land/x/r2d2"],
  },
];
