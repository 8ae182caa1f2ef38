package main

import (
	"fmt"
	"log"
	"os"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

type Note struct {
	ID   uint
	Body string
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	db, err := gorm.Open(postgres.Open(os.Getenv("DATABASE_URL")), &gorm.Config{})
	if err != nil {
		return err
	}
	if err := db.AutoMigrate(&Note{}); err != nil {
		return err
	}
	if err := db.Create([]Note{{Body: "one"}, {Body: "two"}}).Error; err != nil {
		return err
	}
	var rows int64
	if err := db.Model(&Note{}).Count(&rows).Error; err != nil {
		return err
	}
	fmt.Printf("ok %d\n", rows)
	return nil
}
