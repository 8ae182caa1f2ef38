import * as z from "zod/mini";
import { findEndpoint, recognizeProvider } from "./providers";
import { type SplitUrl, splitUrl } from "./split-url";
import { mend } from "./uri-parts";
import { noPassword, noUser, type UrlFault, unencodedPassword } from "./url-faults";
import type { UrlReading } from "./url-reading";

const defaultPort = 27_017;

/** How somebody logs in without a password. */
const keylessMechanisms = ["MONGODB-X509", "MONGODB-AWS", "GSSAPI", "MONGODB-OIDC"];
const mechanisms = [...keylessMechanisms, "DEFAULT", "SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN", "MONGODB-CR"];

const yesOrNo = z.optional(z.enum(["true", "false"], { error: "is true or false" }));
const oneOf = (values: readonly string[]) => {
  const known = new Set(values.map((value) => value.toLowerCase()));
  const error = `is one of ${values.join(", ")}`;
  return z.optional(z.string().check(z.refine((value) => known.has(value.toLowerCase()), { error })));
};
const number = z.optional(z.string().check(z.regex(/^-?\d+$/, { error: "is a number" })));

/** Parameters that a driver refuses to start with. */
const shapes = {
  ...{ tls: yesOrNo, ssl: yesOrNo, tlsInsecure: yesOrNo, tlsAllowInvalidCertificates: yesOrNo },
  ...{ tlsAllowInvalidHostnames: yesOrNo, retryWrites: yesOrNo, retryReads: yesOrNo, journal: yesOrNo },
  ...{ directConnection: yesOrNo, loadBalanced: yesOrNo, maxPoolSize: number, minPoolSize: number },
  ...{ connectTimeoutMS: number, socketTimeoutMS: number, serverSelectionTimeoutMS: number, wtimeoutMS: number },
  authMechanism: oneOf(mechanisms),
  readPreference: oneOf(["primary", "primaryPreferred", "secondary", "secondaryPreferred", "nearest"]),
};
const parameters = z.object(shapes);
/** Drivers take the names in any case. */
const spelling = new Map(Object.keys(shapes).map((name) => [name.toLowerCase(), name]));

/**
 * Reads a `mongodb://` or `mongodb+srv://` URL as drivers do.
 * Source: https://www.mongodb.com/docs/manual/reference/connection-string/
 */
export function readMongodbUrl(text: string): UrlReading {
  const { url, faults } = splitUrl(text, "mongodb", defaultPort);
  const isSrv = url.scheme === "mongodb+srv";
  const encrypted = isSrv ? flag(url) !== false : flag(url) === true;
  const { faults: others, title, advice } = recognizeProvider("mongodb", { ...url, encrypted });
  const all = [...faults];
  if (!url.isShifted) {
    all.push(...findLoginFaults(url, faults), ...(isSrv ? findSrvFaults(url) : []), ...findParameterFaults(url, isSrv));
    all.push(...others);
  }
  const path = url.database === "" ? (url.query ? "/" : slashOf(text)) : `/${mend(url.path)}`;
  return {
    url: `${url.scheme}://${url.hasLogin ? `${url.login}@` : ""}${url.hostList}${path}${url.query && `?${url.query}`}`,
    ...{ title, faults: all },
    advice: [...advice, ...findAdvice(url, isSrv, title)],
  };
}

const slashOf = (text: string) => (text.replace(/\?$/, "").endsWith("/") ? "/" : "");

/** What `tls`, or its older name `ssl`, says; undefined when neither stands there. */
function flag({ parameters: named }: SplitUrl): boolean | undefined {
  const said = named.get("tls") ?? named.get("ssl");
  return said === undefined ? undefined : said === "true";
}

function findLoginFaults({ login, hasLogin, user, password, hosts, parameters: named }: SplitUrl, faults: UrlFault[]) {
  const found: UrlFault[] = [];
  const isPlaceholder = faults.some(({ code }) => code.startsWith("url/placeholder"));
  const raw = login.replace(":", "");
  if (/[@:/?#[\]]/.test(raw) && !isPlaceholder) found.push(unencodedPassword);
  const isKeyless = keylessMechanisms.includes(named.get("authmechanism")?.toUpperCase() ?? "");
  if (isKeyless) return found;
  if (hasLogin && user === "") found.push(noUser("mongodb"));
  else if (hasLogin && !password) found.push(noPassword("mongodb"));
  else if (!hasLogin && findEndpoint("mongodb", hosts)?.login === "required") found.push(noUser("mongodb"));
  return found;
}

function findSrvFaults({ hosts, hasPort, parameters: named }: SplitUrl): UrlFault[] {
  const found: UrlFault[] = [];
  if (hasPort) found.push(srvPort);
  if (hosts.length > 1) found.push(srvHosts);
  if (hosts.some(({ host }) => /^(?:localhost|[\d.]+|.*:.*|\/.*)$/i.test(host) && host !== "")) found.push(srvHost);
  if (named.get("directconnection") === "true") found.push(direct("a mongodb+srv:// URL"));
  return found;
}

function findParameterFaults({ parameters: named, hosts }: SplitUrl, isSrv: boolean): UrlFault[] {
  const known = [...named].flatMap(([name, value]) => (spelling.has(name) ? [[spelling.get(name)!, value]] : []));
  const { error } = parameters.safeParse(Object.fromEntries(known));
  const found = (error?.issues ?? []).map(({ path, message }) => ({
    code: "url/bad-parameter",
    message: `The parameter ${String(path[0])} ${message}.`,
    hint: "Correct it behind the ?.",
  }));
  const [tls, ssl] = [named.get("tls"), named.get("ssl")];
  if (tls !== undefined && ssl !== undefined && tls !== ssl) found.push(contradiction);
  if (!isSrv && hosts.length > 1 && named.get("directconnection") === "true") found.push(direct("several hosts"));
  return found;
}

function findAdvice(
  { database, user, hasLogin, parameters: named, isShifted }: SplitUrl,
  isSrv: boolean,
  title: string | null,
) {
  const advice: string[] = [];
  if (isShifted) return advice;
  if (database === "") advice.push(noDatabaseName);
  const namesSource = named.has("authsource") || named.has("authmechanism");
  if (!isSrv && title === null && hasLogin && user !== "" && !namesSource && database !== "" && database !== "admin") {
    advice.push(authSource);
  }
  if (title === "Azure Cosmos DB" && named.get("retrywrites") !== "false") {
    advice.push("Cosmos DB knows no retryable writes: add retryWrites=false to the URL.");
  }
  if (["tlsinsecure", "tlsallowinvalidcertificates"].some((name) => named.get(name) === "true")) {
    advice.push("The server's certificate is not checked: anybody on the way can read the password.");
  }
  return advice;
}

const noDatabaseName =
  "The URL names no database: drivers take the one named test, unless the app names another. It stands behind the host: …@HOST/DATABASE.";

const authSource =
  "The user is looked for in the database of the URL: add authSource=admin where it was made in admin, as most are.";

const srvPort: UrlFault = {
  code: "url/srv-port",
  message: "A mongodb+srv:// URL names a port.",
  hint: "Leave it out: the ports come from DNS. With a port the scheme is mongodb://.",
};

const srvHosts: UrlFault = {
  code: "url/srv-hosts",
  message: "A mongodb+srv:// URL names several hosts.",
  hint: "It has one name, under which DNS lists the servers; several hosts go with mongodb://.",
};

const srvHost: UrlFault = {
  code: "url/srv-host",
  message: "A mongodb+srv:// URL names an address or this machine, where a name in DNS belongs.",
  hint: "Write mongodb:// in front of one server's address.",
};

const contradiction: UrlFault = {
  code: "url/bad-parameter",
  message: "The parameters tls and ssl say different things.",
  hint: "Leave ssl out: it is tls's older name.",
};

const direct = (what: string): UrlFault => ({
  code: "url/bad-parameter",
  message: `directConnection=true does not go with ${what}.`,
  hint: "Leave it out, or name one server with mongodb://.",
});
