import asyncio
import os

import asyncpg


async def main():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)")
    await connection.executemany("INSERT INTO notes (body) VALUES ($1)", [("one",), ("two",)])
    rows = await connection.fetch("SELECT id, body FROM notes")
    await connection.close()
    print(f"ok {len(rows)}")


asyncio.run(main())
