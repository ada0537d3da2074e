package bunx

import (
	"fmt"
	"io/fs"
)

// Dialect names the SQL a store speaks.
type Dialect int

// The two databases venuekit serves: PostgreSQL in production, SQLite embedded
// and in tests. The zero value is neither, so that a forgotten dialect fails.
const (
	Postgres Dialect = iota + 1
	SQLite
)

// String returns the name of the dialect's migrations folder.
func (d Dialect) String() string {
	switch d {
	case Postgres:
		return "postgres"
	case SQLite:
		return "sqlite"
	}
	return fmt.Sprintf("Dialect(%d)", int(d))
}

// Folder returns a dialect's folder of a package's embedded migrations. It
// panics when the package embeds none, which is a mistake in the program.
func Folder(migrations fs.FS, d Dialect) fs.FS {
	folder, err := fs.Sub(migrations, "migrations/"+d.String())
	if err != nil {
		panic(err) //nolint:forbidigo // the name is constant and the folder embedded
	}
	return folder
}
