package booking

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/petanque-life/venuekit/internal/bunx"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the SQL files of the dialect, in a form that goose reads
// too.
func Migrations(d bunx.Dialect) fs.FS { return bunx.Folder(migrations, d) }

// Migrate brings the engine's tables up to date. Any number of replicas may
// call it at once.
func Migrate(ctx context.Context, db *sql.DB, d bunx.Dialect) error {
	return bunx.Migrate(ctx, db, d, "booking", Migrations(d))
}

// CheckSchema returns an error unless the engine's tables are up to date. It
// changes nothing.
func CheckSchema(ctx context.Context, db *sql.DB, d bunx.Dialect) error {
	return bunx.CheckSchema(ctx, db, d, "booking", Migrations(d))
}
