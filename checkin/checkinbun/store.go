// Package checkinbun keeps the stores of package checkin in PostgreSQL or
// SQLite, over a pool or in a transaction of the host.
package checkinbun

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/internal/bunx"
)

// Dialect names the database that a pool leads to.
type Dialect = bunx.Dialect

// The dialects.
const (
	Postgres = bunx.Postgres
	SQLite   = bunx.SQLite
)

// Tx is a transaction of the host: *sql.Tx and bun.Tx are, a pool isn't.
type Tx = bunx.Tx

//go:embed migrations
var migrations embed.FS

// Migrations returns the package's migrations for a dialect: plain SQL files,
// named by version, forward only, for a tool of the host's own. Each records
// itself in checkin_schema, so that [Migrate] and such a tool may take turns.
func Migrations(d Dialect) fs.FS {
	sub, err := fs.Sub(migrations, "migrations/"+d.String())
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// Migrate brings the package's tables up to date. Any number of replicas may
// call it at once.
func Migrate(ctx context.Context, db *sql.DB, d Dialect) error {
	return bunx.Migrate(ctx, db, d, "checkin", Migrations(d))
}

// CheckSchema returns an error when the tables are older than this release. It
// changes nothing.
func CheckSchema(ctx context.Context, db *sql.DB, d Dialect) error {
	return bunx.CheckSchema(ctx, db, d, "checkin", Migrations(d))
}

// Stores makes the package's stores; see [New].
type Stores struct {
	checkin.Stores
	db *bunx.DB
}

// New returns the stores over the host's pool, which stays the host's. A SQLite
// pool needs foreign_keys on and, for writers not to fail against each other,
// transactions that begin immediate and a busy timeout.
func New(db *sql.DB, d Dialect) Stores { return over(bunx.New(db, d)) }

// WithTx returns the stores joined to a transaction: what they write is
// committed or undone with it.
func (s Stores) WithTx(tx Tx) checkin.Stores { return over(s.db.WithTx(tx)).Stores }

func over(db *bunx.DB) Stores {
	events := bunx.NewOutbox(db, "checkin")
	return Stores{db: db, Stores: checkin.Stores{
		Scans: scans{db, events}, Keys: keys{db}, Customers: customers{bunx.NewCustomers(db, "checkin"), db}, Outbox: events,
	}}
}
