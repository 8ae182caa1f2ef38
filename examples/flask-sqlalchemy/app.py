import os

from flask import Flask, request
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from werkzeug.serving import make_server

# Up to SQLAlchemy 2.0 a plain postgresql:// means psycopg2, so the driver is named.
url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")
# At most 5 + 3 connections: a database takes 10, and a restart overlaps for a moment.
engine = create_engine(url, pool_size=5, max_overflow=3, pool_pre_ping=True)


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]


Base.metadata.create_all(engine)

app = Flask(__name__)


@app.get("/notes")
def list_notes():
    with Session(engine) as session:
        notes = session.scalars(select(Note).order_by(Note.id))
        return [{"id": note.id, "body": note.body} for note in notes]


@app.post("/notes")
def create_note():
    payload = request.get_json()
    body = payload.get("body") if isinstance(payload, dict) else None
    if not isinstance(body, str) or not body:
        return {"error": "body must be a non-empty string"}, 400
    with Session(engine) as session:
        note = Note(body=body)
        session.add(note)
        session.commit()
        return {"id": note.id, "body": note.body}, 201


@app.get("/healthz")
def healthz():
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return {"status": "ok"}


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ.get("PORT", 8000)), app, threaded=True)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
