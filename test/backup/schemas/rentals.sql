-- In the shape of Pagila, the films' rental of PostgreSQL's tutorials, and of pgbench's tables.
CREATE TYPE mpaa_rating AS ENUM ('G', 'PG', 'PG-13', 'R', 'NC-17');
CREATE DOMAIN year AS int CHECK (VALUE BETWEEN 1901 AND 2155);
CREATE FUNCTION last_updated() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.last_update = CURRENT_TIMESTAMP; RETURN NEW; END $$;
CREATE FUNCTION _group_concat(text, text) RETURNS text LANGUAGE sql IMMUTABLE
  AS $_$ SELECT CASE WHEN $2 IS NULL THEN $1 WHEN $1 IS NULL THEN $2 ELSE $1 || ', ' || $2 END $_$;
CREATE AGGREGATE group_concat(text) (SFUNC = _group_concat, STYPE = text);
CREATE SEQUENCE actor_id_seq;
CREATE TABLE actor (actor_id int PRIMARY KEY DEFAULT nextval('actor_id_seq'), first_name text NOT NULL, last_name text NOT NULL,
  last_update timestamptz NOT NULL DEFAULT now());
ALTER SEQUENCE actor_id_seq OWNED BY actor.actor_id;
CREATE INDEX idx_actor_last_name ON actor (last_name);
CREATE TABLE language (language_id serial PRIMARY KEY, name char(20) NOT NULL, last_update timestamptz NOT NULL DEFAULT now());
CREATE TABLE film (film_id serial PRIMARY KEY, title text NOT NULL, description text, release_year year,
  language_id int NOT NULL REFERENCES language ON UPDATE CASCADE ON DELETE RESTRICT, original_language_id int REFERENCES language,
  rental_duration smallint NOT NULL DEFAULT 3, rental_rate numeric(4,2) NOT NULL DEFAULT 4.99, length smallint,
  replacement_cost numeric(5,2) NOT NULL DEFAULT 19.99, rating mpaa_rating DEFAULT 'G', special_features text[],
  fulltext tsvector NOT NULL, last_update timestamptz NOT NULL DEFAULT now());
CREATE INDEX film_fulltext_idx ON film USING gist (fulltext);
CREATE TRIGGER film_fulltext_trigger BEFORE INSERT OR UPDATE ON film FOR EACH ROW
  EXECUTE FUNCTION tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title', 'description');
CREATE TRIGGER last_updated BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION last_updated();
CREATE TABLE film_actor (actor_id int REFERENCES actor, film_id int REFERENCES film, PRIMARY KEY (actor_id, film_id));
CREATE TABLE store (store_id serial PRIMARY KEY, manager_staff_id int UNIQUE NOT NULL);
CREATE TABLE staff (staff_id serial PRIMARY KEY, store_id int NOT NULL REFERENCES store, username text NOT NULL, picture bytea, active boolean DEFAULT true);
ALTER TABLE store ADD FOREIGN KEY (manager_staff_id) REFERENCES staff DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE inventory (inventory_id serial PRIMARY KEY, film_id int NOT NULL REFERENCES film, store_id int NOT NULL REFERENCES store);
CREATE TABLE customer (customer_id serial PRIMARY KEY, store_id int NOT NULL REFERENCES store, email text, activebool boolean DEFAULT true NOT NULL,
  create_date date DEFAULT 'now'::text::date NOT NULL);
CREATE TABLE rental (rental_id serial PRIMARY KEY, rental_date timestamptz NOT NULL, inventory_id int NOT NULL REFERENCES inventory,
  customer_id int NOT NULL REFERENCES customer, return_date timestamptz, staff_id int NOT NULL REFERENCES staff);
CREATE UNIQUE INDEX rental_unique ON rental (rental_date, inventory_id, customer_id);
CREATE INDEX rental_open ON rental (customer_id) WHERE return_date IS NULL;
CREATE TABLE payment (payment_id serial, customer_id int NOT NULL REFERENCES customer, staff_id int NOT NULL REFERENCES staff,
  rental_id int NOT NULL REFERENCES rental, amount numeric(5,2) NOT NULL, payment_date timestamptz NOT NULL,
  PRIMARY KEY (payment_date, payment_id)) PARTITION BY RANGE (payment_date);
CREATE TABLE payment_p2026_01 PARTITION OF payment FOR VALUES FROM ('2026-01-01Z') TO ('2026-02-01Z');
CREATE TABLE payment_p2026_02 PARTITION OF payment FOR VALUES FROM ('2026-02-01Z') TO ('2026-03-01Z');
CREATE INDEX idx_payment_customer ON payment (customer_id);
CREATE VIEW film_list AS SELECT film.film_id AS fid, film.title, film.rating, group_concat(actor.first_name || ' ' || actor.last_name) AS actors
  FROM film LEFT JOIN film_actor USING (film_id) LEFT JOIN actor USING (actor_id) GROUP BY film.film_id;
CREATE MATERIALIZED VIEW rental_by_rating AS SELECT film.rating, sum(payment.amount) AS total FROM payment
  JOIN rental USING (rental_id) JOIN inventory USING (inventory_id) JOIN film USING (film_id) GROUP BY film.rating WITH NO DATA;
CREATE UNIQUE INDEX rental_rating ON rental_by_rating (rating);
CREATE FUNCTION film_in_stock(p_film_id int, p_store_id int, OUT p_film_count int) RETURNS SETOF int LANGUAGE sql
  AS $_$ SELECT inventory_id FROM inventory WHERE film_id = $1 AND store_id = $2 $_$;
CREATE PROCEDURE close_rental(int) LANGUAGE sql BEGIN ATOMIC UPDATE rental SET return_date = now() WHERE rental_id = $1; END;

INSERT INTO language (name) VALUES ('English'), ('Français'), ('日本語');
INSERT INTO actor (first_name, last_name) SELECT 'A' || g, 'Ö''' || g FROM generate_series(1, 40) g;
INSERT INTO film (title, description, release_year, language_id, rating, special_features)
  SELECT 'FILM ' || g, 'A fateful story of a ' || md5(g::text), 1990 + g % 40, 1 + g % 3, (enum_range(NULL::mpaa_rating))[1 + g % 5],
    ARRAY['Trailers', 'Deleted Scenes', 'a,"b"'] FROM generate_series(1, 300) g;
INSERT INTO film_actor SELECT 1 + g % 40, 1 + g % 300 FROM generate_series(1, 1500) g ON CONFLICT DO NOTHING;
BEGIN; INSERT INTO store (manager_staff_id) VALUES (1), (2); INSERT INTO staff (store_id, username, picture) VALUES (1, 'Mike', '\x89504e470d0a1a0a'), (2, 'Jon', NULL); COMMIT;
INSERT INTO inventory (film_id, store_id) SELECT 1 + g % 300, 1 + g % 2 FROM generate_series(1, 900) g;
INSERT INTO customer (store_id, email) SELECT 1 + g % 2, 'c' || g || '@example.com' FROM generate_series(1, 100) g;
INSERT INTO rental (rental_date, inventory_id, customer_id, staff_id, return_date)
  SELECT '2026-01-01Z'::timestamptz + g * interval '20 min', 1 + g % 900, 1 + g % 100, 1 + g % 2, CASE WHEN g % 7 > 0 THEN now() END
    FROM generate_series(1, 3000) g;
INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date)
  SELECT customer_id, staff_id, rental_id, 0.99 + rental_id % 9, rental_date FROM rental;
REFRESH MATERIALIZED VIEW rental_by_rating;
UPDATE film SET length = 90 WHERE film_id % 2 = 0;
DELETE FROM payment WHERE payment_id % 11 = 0;

CREATE TABLE pgbench_history (tid int, bid int, aid int, delta int, mtime timestamp, filler char(22));
CREATE TABLE pgbench_tellers (tid int NOT NULL PRIMARY KEY, bid int, tbalance int, filler char(84)) WITH (fillfactor = 100);
CREATE TABLE pgbench_accounts (aid int NOT NULL PRIMARY KEY, bid int, abalance int, filler char(84)) WITH (fillfactor = 90);
CREATE TABLE pgbench_branches (bid int NOT NULL PRIMARY KEY, bbalance int, filler char(88)) WITH (fillfactor = 100);
INSERT INTO pgbench_branches SELECT 1, 0;
INSERT INTO pgbench_tellers SELECT g, 1, 0 FROM generate_series(1, 10) g;
INSERT INTO pgbench_accounts SELECT g, 1, 0, '' FROM generate_series(1, 10000) g;
ALTER TABLE pgbench_accounts ADD FOREIGN KEY (bid) REFERENCES pgbench_branches;
UPDATE pgbench_accounts SET abalance = aid % 1000 - 500 WHERE aid % 3 = 0;
INSERT INTO pgbench_history SELECT g % 10, 1, g, g % 1000 - 500, now() FROM generate_series(1, 1000) g;
