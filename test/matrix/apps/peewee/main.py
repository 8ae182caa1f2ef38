import os

from peewee import Model, TextField
from playhouse.db_url import connect

db = connect(os.environ["DATABASE_URL"])


class Note(Model):
    body = TextField()

    class Meta:
        database = db


db.create_tables([Note])
Note.insert_many([{"body": "one"}, {"body": "two"}]).execute()
print(f"ok {Note.select().count()}")
db.close()
