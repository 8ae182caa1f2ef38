import os

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)")
    connection.execute("INSERT INTO notes (body) VALUES (%s), (%s)", ("one", "two"))
    rows = connection.execute("SELECT id, body FROM notes").fetchall()
print(f"ok {len(rows)}")
