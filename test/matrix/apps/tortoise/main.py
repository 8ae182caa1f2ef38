import os

from tortoise import Tortoise, fields, run_async
from tortoise.models import Model


class Note(Model):
    id = fields.IntField(primary_key=True)
    body = fields.TextField()


async def main():
    await Tortoise.init(db_url=os.environ["DATABASE_URL"], modules={"models": ["__main__"]})
    await Tortoise.generate_schemas()
    await Note.bulk_create([Note(body="one"), Note(body="two")])
    print(f"ok {await Note.all().count()}")


run_async(main())
