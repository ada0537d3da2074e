package bunx

import "fmt"

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
