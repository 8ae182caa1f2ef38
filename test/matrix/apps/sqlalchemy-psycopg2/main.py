import os

from sqlalchemy import create_engine, func, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

engine = create_engine(make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg2"))


class Base(DeclarativeBase):
    pass


class Note(Base):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str]


Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add_all([Note(body="one"), Note(body="two")])
    session.commit()
    print(f"ok {session.scalar(select(func.count(Note.id)))}")
