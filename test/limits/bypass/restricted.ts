import { outcome, type TestTenant, until } from "../../support/guard";
import { type Arena, type Attempt, type Code, codeFor } from "./attempt";
import { largeObjects, MiB, overfill, rows, sizeOf } from "./storage";

/** An app that the guard has restricted, after `plant` prepared it for that. */
async function restrict(arena: Arena, plant = ""): Promise<TestTenant> {
  const app = await arena.ground.tenant();
  await app.query(`CREATE TABLE t (x text); CREATE SEQUENCE numbers; ${plant}`);
  await overfill(arena, app, `INSERT INTO t ${rows(4)}`);
  const who = `SELECT current_user AS me, has_table_privilege('t', 'DELETE') AS may`;
  await until(
    async () => {
      const { rows: found } = await app.query(who).catch(() => ({ rows: [] }));
      return (found[0]?.me === app.id && found[0].may === true) || undefined;
    },
    15_000,
    "its restricted role",
  );
  return app;
}

/** What a restricted app tries at once: one app tries all of it. */
const whileRestricted: [what: string, text: string | ((app: TestTenant) => string), code: Code | "allowed"][] = [
  ["insert", "INSERT INTO t VALUES ('x')", "42501"],
  ["update", "UPDATE t SET x = ''", "42501"],
  ["copy in", "COPY t FROM STDIN", "42501"],
  ["lock rows", "SELECT * FROM t FOR UPDATE", "42501"],
  ["make a table", "CREATE TABLE more (n int)", "42501"],
  ["make a temporary table", "CREATE TEMP TABLE more (n int)", "42501"],
  ["make a schema", "CREATE SCHEMA more", "42501"],
  ["create an extension", "CREATE EXTENSION hstore", "42501"],
  ["take a number of a sequence", "SELECT nextval('numbers')", "42501"],
  ["set a sequence", "SELECT setval('numbers', 1)", "42501"],
  ["become its owner role", ({ id }) => `SET ROLE ${id}_owner`, "42501"],
  [
    "become it at the next login",
    ({ id }) => `ALTER ROLE ${id} SET role = '${id}_owner'; SET ROLE ${id}_owner`,
    "42501",
  ],
  ["give itself its owner role back", ({ id }) => `GRANT ${id}_owner TO ${id}`, "42501"],
  ["give itself INSERT", ({ id }) => `GRANT INSERT ON t TO ${id}; INSERT INTO t VALUES ('x')`, "42501"],
  ["own the table", ({ id }) => `ALTER TABLE t OWNER TO ${id}`, "42501"],
  ["take the mark off", ({ id }) => `REVOKE ${id} FROM leash_restricted`, "42501"],
  ["read", "SELECT count(*) FROM t", "allowed"],
  ["delete", "DELETE FROM t WHERE false", "allowed"],
];

const tries: Attempt[] = whileRestricted.map(([what, text, expected]) => ({
  what: `${what}, while restricted`,
  holds: expected === "allowed" ? "reading and making room are what it may do" : "the login has lost its owner role",
  async run(arena) {
    const app = await restricted(arena);
    const code = codeFor(expected, arena.major);
    const tried = async () => (await outcome(app.query(typeof text === "string" ? text : text(app)))).code ?? "allowed";
    let got = await tried();
    // The guard gives the app's space back meanwhile: a deadlock with that, or a catalog row that it changes at the same
    // moment ("tuple concurrently updated"), says nothing of what is allowed.
    for (let again = 0; ["40P01", "XX000"].includes(got) && again < 5; again++) got = await tried();
    if (got !== code) throw new Error(`${got}, not ${code}`);
    const marks = await arena.admin(
      `SELECT 1 FROM pg_auth_members WHERE roleid = '${app.id}'::regrole AND member = 'leash_restricted'::regrole`,
    );
    if (marks.length === 0) throw new Error("the mark is gone");
    return code === "allowed" ? code : `refused (${code})`;
  },
}));

const shared = new WeakMap<Arena, Promise<TestTenant>>();
function restricted(arena: Arena): Promise<TestTenant> {
  const known = shared.get(arena) ?? restrict(arena);
  shared.set(arena, known);
  return known;
}

const megabyte = `INSERT INTO w ${rows(1)}`;
const definer = (name: string, returns: string, body: string) =>
  `CREATE FUNCTION ${name}() RETURNS ${returns} LANGUAGE plpgsql SECURITY DEFINER AS $f$ BEGIN ${body} END $f$;`;

/** What was planted before, and writes all the same: the ratchet ends it. */
const plants = (what: string, plant: string, attack: string, since?: number): Attempt => ({
  ...{ what: `${what}, planted before its restriction`, ...(since ? { since } : {}) },
  ...{ holds: "the ratchet: 8 MB of growth, then it may not log in", slow: "works" },
  async run(arena) {
    const app = await restrict(arena, `CREATE TABLE w (x text); ${plant}`);
    const before = await sizeOf(arena, app);
    let most = before;
    const isEnded = () => arena.ground.events.some(({ kind, app: of }) => kind === "suspended" && of === app.id);
    const deadline = Date.now() + 45_000;
    let written = 0;
    let last: string | undefined;
    while (!isEnded()) {
      last = (await outcome(app.query(attack))).error;
      if (last === undefined) written += 1;
      most = Math.max(most, await sizeOf(arena, app));
      if (Date.now() > deadline) throw new Error(`never suspended after ${(most - before) / MiB} MB: ${last}`);
    }
    if (written === 0) throw new Error(`nothing was written: ${last}`);
    // Some twenty attackers at once share two cores with the guard.
    if (most - before > 600 * MiB) throw new Error(`${(most - before) / MiB} MB were written`);
    await until(
      async () => (await outcome(app.login())).error?.includes("does not let") || undefined,
      10_000,
      "a closed door",
    );
    return `suspended after ${Math.round((most - before) / MiB)} MB`;
  },
});

export const restrictedAttempts: Attempt[] = [
  ...tries,
  plants("a SECURITY DEFINER function", definer("more", "void", `${megabyte};`), "SELECT more()"),
  plants("INSERT granted to PUBLIC", "GRANT INSERT ON w TO PUBLIC", megabyte),
  plants(
    "a view over a table, granted to PUBLIC",
    "CREATE VIEW v AS SELECT x FROM w; GRANT INSERT ON v TO PUBLIC",
    megabyte.replace("INTO w", "INTO v"),
  ),
  plants(
    "a rule that makes DELETE write",
    `CREATE TABLE d (n int); CREATE RULE r AS ON DELETE TO d DO INSTEAD ${megabyte}`,
    "DELETE FROM d",
  ),
  plants(
    "a trigger that makes DELETE write",
    `CREATE TABLE d AS SELECT generate_series(1, 100000) AS n; ${definer("more", "trigger", `${megabyte}; RETURN OLD;`)}
     CREATE TRIGGER t BEFORE DELETE ON d FOR EACH ROW EXECUTE FUNCTION more()`,
    "DELETE FROM d WHERE n IN (SELECT n FROM d LIMIT 1)",
  ),
  plants(
    "a cascade that writes",
    `CREATE TABLE p AS SELECT generate_series(1, 1000) AS n; ALTER TABLE p ADD PRIMARY KEY (n);
     CREATE TABLE c (n int DEFAULT 0 REFERENCES p ON DELETE SET NULL, x text); ALTER TABLE c ALTER x SET STORAGE EXTERNAL;
     INSERT INTO c SELECT n, NULL FROM p; ${definer("more", "trigger", `${megabyte}; RETURN NEW;`)}
     CREATE TRIGGER t BEFORE UPDATE ON c FOR EACH ROW EXECUTE FUNCTION more()`,
    "DELETE FROM p WHERE n IN (SELECT n FROM p LIMIT 1)",
  ),
  plants(
    "a table of the login's own",
    `GRANT CREATE ON SCHEMA public TO PUBLIC; SET ROLE NONE; CREATE TABLE own (x text)`,
    megabyte.replace("INTO w", "INTO own"),
  ),
  plants("large objects, which need no grant", "", largeObjects),
  plants(
    "a view that writes when it is read",
    `${definer("f", "text", `${megabyte}; RETURN 'x';`)} CREATE VIEW v AS SELECT f() AS x`,
    "SELECT * FROM v",
  ),
];
