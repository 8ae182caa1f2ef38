package main

import (
	"database/sql"
	"fmt"
	"log"
	"os"

	_ "github.com/lib/pq"
)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, body text NOT NULL)`); err != nil {
		return err
	}
	if _, err := db.Exec(`INSERT INTO notes (body) VALUES ($1), ($2)`, "one", "two"); err != nil {
		return err
	}
	var rows int
	if err := db.QueryRow(`SELECT count(*) FROM notes`).Scan(&rows); err != nil {
		return err
	}
	fmt.Printf("ok %d\n", rows)
	return nil
}
