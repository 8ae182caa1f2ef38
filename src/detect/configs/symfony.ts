import { serviceOfScheme } from "../../connection/services";
import { parseYamlDocuments } from "../documents/yaml";
import { Source } from "../place";
import type { AppFiles, ConfigReader, Decision } from "./config";
import { readFirstDotenv } from "./dotenv-files";
import { installs } from "./installed";

const doctrine = ["doctrine/orm", "doctrine/dbal", "doctrine/doctrine-bundle", "symfony/orm-pack"];

/** Doctrine in Symfony: `.env` stands in the repository there, with defaults and without secrets. */
export const symfony: ConfigReader = {
  decides: "symfony",
  read(app) {
    if (!installs(app.readings, doctrine)) return [];
    const configured = readConfig(app);
    if (configured !== undefined) return [configured];
    const file = readFirstDotenv(app, [".env.prod", ".env", ".env.dist", ".env.example"]);
    const url = file?.entries.get("DATABASE_URL");
    const scheme = url && /^(?:pdo-)?([a-z0-9-]+)(?:\+\w+)?:/i.exec(url.value)?.[1]?.toLowerCase();
    if (!file || !url || !scheme) return [];
    const service = scheme === "pgsql" ? "postgresql" : (serviceOfScheme(scheme) ?? null);
    return [{ service, variables: [{ name: "DATABASE_URL", part: "url" }], place: file.placeOf(url) }];
  },
};

/** `config/packages/doctrine.yaml`, where it says a driver. */
function readConfig({ view, faults }: AppFiles): Decision | undefined {
  const file = "config/packages/doctrine.yaml";
  if (view.kindOf(file) !== "file") return undefined;
  const source = faults.collect(() => new Source(file, view.readText(file)), undefined);
  if (source === undefined) return undefined;
  try {
    const [document] = parseYamlDocuments(source);
    const dbal = document?.table("doctrine", "dbal");
    const connection = dbal?.has("driver") ? dbal : document?.table("doctrine", "dbal", "connections", "default");
    const driver = connection?.get("driver");
    if (!document || typeof driver?.value !== "string" || !/^(pdo_)?[a-z]\w+$/.test(driver.value)) return undefined;
    const service = /^(pdo_)?pgsql$/.test(driver.value) ? "postgresql" : null;
    const url = connection?.get("url")?.value;
    const name = typeof url === "string" ? /%env\((?:\w+:)*(\w+)\)%/.exec(url)?.[1] : undefined;
    return { service, variables: name === undefined ? [] : [{ name, part: "url" }], place: document.place(driver) };
  } catch {
    // Symfony tells better what is wrong with it.
    return undefined;
  }
}
