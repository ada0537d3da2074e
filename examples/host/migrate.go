package main

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/petanque-life/venuekit/checkin/checkinbun"
)

//go:embed schema
var schema embed.FS

// migrate is our migration tool. It runs what venuekit brings as it runs our
// own files, and never calls [checkinbun.Migrate].
func migrate(ctx context.Context, db *sql.DB, d checkinbun.Dialect) error {
	own, err := fs.Sub(schema, "schema/"+d.String())
	if err != nil {
		return err
	}
	// Only here may two programs collide that start at once on an empty database.
	if _, err := db.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS schemafil (namn text PRIMARY KEY)"); err != nil {
		return err
	}
	for _, source := range []struct {
		name  string
		files fs.FS
	}{{"host", own}, {"checkin", checkinbun.Migrations(d)}} {
		names, err := fs.Glob(source.files, "*.sql") // in the order of their versions
		if err != nil {
			return err
		}
		for _, name := range names {
			text, err := fs.ReadFile(source.files, name)
			if err != nil {
				return err
			}
			if err := apply(ctx, db, source.name+"/"+name, string(text)); err != nil {
				return fmt.Errorf("migration %s/%s: %w", source.name, name, err)
			}
		}
	}
	// Whoever ran them: the tables are as this release of check-in wants them.
	return checkinbun.CheckSchema(ctx, db, d)
}

// apply runs a file once. Whoever inserts its name first runs it, and others
// wait for them.
func apply(ctx context.Context, db *sql.DB, name, text string) error {
	return inTx(ctx, db, func(tx *sql.Tx) error {
		first, err := affected(tx.ExecContext(ctx, "INSERT INTO schemafil (namn) VALUES ($1) ON CONFLICT DO NOTHING", name))
		if err != nil || !first {
			return err
		}
		_, err = tx.ExecContext(ctx, text)
		return err
	})
}
