package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	pool, err := pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)`); err != nil {
		return err
	}
	if _, err := pool.Exec(ctx, `INSERT INTO notes (body) VALUES ($1), ($2)`, "one", "two"); err != nil {
		return err
	}
	var rows int
	if err := pool.QueryRow(ctx, `SELECT count(*) FROM notes`).Scan(&rows); err != nil {
		return err
	}
	fmt.Printf("ok %d\n", rows)
	return nil
}
