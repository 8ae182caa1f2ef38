import os
from urllib.parse import urlsplit

import pg8000.native

url = urlsplit(os.environ["DATABASE_URL"])
connection = pg8000.native.Connection(
    url.username, password=url.password, host=url.hostname, port=url.port, database=url.path[1:]
)
connection.run("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)")
connection.run("INSERT INTO notes (body) VALUES (:one), (:two)", one="one", two="two")
rows = connection.run("SELECT id, body FROM notes")
connection.close()
print(f"ok {len(rows)}")
