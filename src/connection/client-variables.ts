/**
 * The variables that libpq and the drivers modelled on it read, and that would send an app to another server, another
 * database or another login than its URL says, or keep it from connecting. Take them out of the user's shell before
 * the app's own environment is put in. (PGAPPNAME, PGTZ and their like change no destination and stay.)
 *
 * Source: https://www.postgresql.org/docs/18/libpq-envars.html; PGREPLICATION is node-postgres' own.
 */
export const clientVariables = [
  "PGHOST",
  "PGHOSTADDR",
  "PGPORT",
  "PGDATABASE",
  "PGUSER",
  "PGPASSWORD",
  "PGPASSFILE",
  "PGSERVICE",
  "PGSERVICEFILE",
  "PGSYSCONFDIR",
  "PGOPTIONS",
  "PGREPLICATION",
  "PGREQUIREAUTH",
  "PGREQUIREPEER",
  "PGCHANNELBINDING",
  "PGTARGETSESSIONATTRS",
  "PGLOADBALANCEHOSTS",
  "PGMINPROTOCOLVERSION",
  "PGMAXPROTOCOLVERSION",
  "PGREQUIRESSL",
  "PGSSLMODE",
  "PGSSLNEGOTIATION",
  "PGSSLCOMPRESSION",
  "PGSSLCERT",
  "PGSSLKEY",
  "PGSSLCERTMODE",
  "PGSSLROOTCERT",
  "PGSSLCRL",
  "PGSSLCRLDIR",
  "PGSSLSNI",
  "PGSSLMINPROTOCOLVERSION",
  "PGSSLMAXPROTOCOLVERSION",
  "PGGSSENCMODE",
  "PGGSSLIB",
  "PGGSSDELEGATION",
  "PGKRBSRVNAME",
] as const;

/** A copy of an environment without `clientVariables`. */
export function withoutClientVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const hidden = new Set<string>(clientVariables);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !hidden.has(name)));
}
