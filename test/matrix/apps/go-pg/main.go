package main

import (
	"fmt"
	"log"
	"os"

	"github.com/go-pg/pg/v10"
	"github.com/go-pg/pg/v10/orm"
)

type Note struct {
	ID   int
	Body string
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	options, err := pg.ParseURL(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	db := pg.Connect(options)
	defer db.Close()
	if err := db.Model((*Note)(nil)).CreateTable(&orm.CreateTableOptions{IfNotExists: true}); err != nil {
		return err
	}
	if _, err := db.Model(&[]Note{{Body: "one"}, {Body: "two"}}).Insert(); err != nil {
		return err
	}
	rows, err := db.Model((*Note)(nil)).Count()
	if err != nil {
		return err
	}
	fmt.Printf("ok %d\n", rows)
	return nil
}
