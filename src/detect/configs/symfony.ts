import { serviceOfScheme } from "../../connection/services";
import type { ConfigReader } from "./config";
import { readFirstDotenv } from "./dotenv-files";
import { installs } from "./installed";

const doctrine = ["doctrine/orm", "doctrine/dbal", "doctrine/doctrine-bundle", "symfony/orm-pack"];

/** Doctrine in Symfony: `.env` stands in the repository there, with defaults and without secrets. */
export const symfony: ConfigReader = {
  decides: "symfony",
  read(app) {
    if (!installs(app.readings, doctrine)) return [];
    const file = readFirstDotenv(app, [".env.prod", ".env", ".env.dist", ".env.example"]);
    const url = file?.entries.get("DATABASE_URL");
    const scheme = url && /^(?:pdo-)?([a-z0-9-]+)(?:\+\w+)?:/i.exec(url.value)?.[1]?.toLowerCase();
    if (!file || !url || !scheme) return [];
    const service = scheme === "pgsql" ? "postgresql" : (serviceOfScheme(scheme) ?? null);
    return [{ service, variables: [{ name: "DATABASE_URL", part: "url" }], place: file.placeOf(url) }];
  },
};
