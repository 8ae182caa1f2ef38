CREATE EXTENSION pgcrypto; CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', '😀');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE point3 AS (x int, y numeric, z text);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TEXT SEARCH CONFIGURATION notes_search (COPY = simple);
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT n * 2; END;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.touched := coalesce(NEW.touched, 0) + 1; RETURN NEW; END $$;
CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
CREATE AGGREGATE product(int) (SFUNC = int4mul, STYPE = int, INITCOND = '1');
CREATE FUNCTION near(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 2';
CREATE OPERATOR ~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = near);
CREATE TABLE kinds (
  id int GENERATED ALWAYS AS IDENTITY (START 7 INCREMENT 3) PRIMARY KEY, serial serial, m mood, p positive, c point3,
  s span, ci citext, h hstore, a text[][], j jsonb, b bytea, f float8, n numeric, d date, ts timestamptz, iv interval,
  computed int DEFAULT twice(21), g int GENERATED ALWAYS AS (twice(7)) STORED, col text COLLATE caseless, touched int);
CREATE INDEX ON kinds USING gin ((ci::text) gin_trgm_ops);
CREATE INDEX ON kinds (twice(computed));
CREATE STATISTICS kinds_statistics ON computed, touched FROM kinds;
CREATE TRIGGER touches BEFORE INSERT ON kinds FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER disabled BEFORE INSERT ON kinds FOR EACH ROW EXECUTE FUNCTION never();
ALTER TABLE kinds DISABLE TRIGGER disabled;
INSERT INTO kinds (m, p, c, s, ci, h, a, j, b, f, n, d, ts, iv, col) VALUES
  ('😀', 1, (1, 2.50, E'a\n"b'), '[1,infinity)', 'CaSe', '"a b"=>NULL, "ü"=>"😀"', '{{a,NULL},{"q\"",""}}',
   '{"a":[1,null,"\u00e9"]}', '\x00ff0a5c', 'NaN', 'NaN', 'infinity', '-infinity', '-1 mon 2 days', E'tab\t\\. \r\n😀'),
  ('sad', 2, NULL, 'empty', '', '', '{}', '[]', '', '-infinity', 1e100, '0044-03-15 BC', '2024-02-29 00:00:00.000001Z', '0', '\N');

CREATE SCHEMA "odd ""schema"" 😀 %s";
CREATE TABLE "odd ""schema"" 😀 %s"."a
b; DROP TABLE kinds" ("""quoted"" 'col'" text DEFAULT E'x\\''y', "%d" int);
INSERT INTO "odd ""schema"" 😀 %s"."a
b; DROP TABLE kinds" ("%d") VALUES (1), (2);
COMMENT ON TABLE "odd ""schema"" 😀 %s"."a
b; DROP TABLE kinds" IS E'it''s\n\\! 😀';

CREATE TABLE parts (k int, at date, v text) PARTITION BY RANGE (at);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY LIST (k);
CREATE TABLE parts_a1 PARTITION OF parts_a FOR VALUES IN (1);
CREATE TABLE parts_a2 PARTITION OF parts_a DEFAULT PARTITION BY HASH (v);
CREATE TABLE parts_a2h PARTITION OF parts_a2 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO parts SELECT g % 3, '2026-05-01', g::text FROM generate_series(1, 50) g;

CREATE TABLE egg (id int PRIMARY KEY, hen int);
CREATE TABLE hen (id int PRIMARY KEY, egg int REFERENCES egg DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen DEFERRABLE INITIALLY DEFERRED;
INSERT INTO egg VALUES (1, 1); INSERT INTO hen VALUES (1, 1); SET CONSTRAINTS ALL IMMEDIATE;
CREATE TABLE booked (during tstzrange, EXCLUDE USING gist (during WITH &&));
INSERT INTO booked VALUES ('[2026-01-01,2026-02-01)');
CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS n;
CREATE TABLE base (n int);
CREATE TABLE derived (more text) INHERITS (base);
INSERT INTO base VALUES (1); INSERT INTO derived VALUES (2, 'x');

CREATE TABLE guarded (n int);
INSERT INTO guarded SELECT generate_series(1, 5);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; ALTER TABLE guarded FORCE ROW LEVEL SECURITY;
CREATE POLICY few ON guarded USING (n > 2);
CREATE MATERIALIZED VIEW guarded_sum AS SELECT sum(n) AS sum FROM guarded;
CREATE MATERIALIZED VIEW unfilled AS SELECT 1 AS n WITH NO DATA;
CREATE VIEW looked AS SELECT id, product(p) AS product FROM kinds GROUP BY id;
CREATE RULE no_delete AS ON DELETE TO base DO INSTEAD NOTHING;
CREATE TABLE closed (n int); INSERT INTO closed VALUES (42);
REVOKE SELECT ON closed FROM current_user;
CREATE SCHEMA hidden; CREATE TABLE hidden.t (n int); INSERT INTO hidden.t VALUES (43);
DO $$ BEGIN EXECUTE format('REVOKE ALL ON SCHEMA hidden FROM %I', current_user); END $$;
CREATE SEQUENCE counter START 100 INCREMENT 5; SELECT nextval('counter'), nextval('counter');
GRANT SELECT ON base TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
SELECT lo_from_bytea(4242, '\x00010203'); COMMENT ON LARGE OBJECT 4242 IS 'large'; GRANT SELECT ON LARGE OBJECT 4242 TO PUBLIC;
SELECT lo_from_bytea(4243, '\xff');
DO $$ BEGIN EXECUTE format('REVOKE ALL ON LARGE OBJECT 4243 FROM %I', current_user); END $$;
