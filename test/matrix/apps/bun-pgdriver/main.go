package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/driver/pgdriver"
)

type Note struct {
	ID   int64 `bun:",pk,autoincrement"`
	Body string
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	connector := pgdriver.NewConnector(pgdriver.WithDSN(os.Getenv("DATABASE_URL")))
	db := bun.NewDB(sql.OpenDB(connector), pgdialect.New())
	defer db.Close()
	if _, err := db.NewCreateTable().Model((*Note)(nil)).IfNotExists().Exec(ctx); err != nil {
		return err
	}
	if _, err := db.NewInsert().Model(&[]Note{{Body: "one"}, {Body: "two"}}).Exec(ctx); err != nil {
		return err
	}
	rows, err := db.NewSelect().Model((*Note)(nil)).Count(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("ok %d\n", rows)
	return nil
}
