import os

import psycopg2

connection = psycopg2.connect(os.environ["DATABASE_URL"])
with connection, connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)")
    cursor.execute("INSERT INTO notes (body) VALUES (%s), (%s)", ("one", "two"))
    cursor.execute("SELECT id, body FROM notes")
    rows = cursor.fetchall()
connection.close()
print(f"ok {len(rows)}")
