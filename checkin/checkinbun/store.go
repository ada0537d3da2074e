// Package checkinbun keeps the stores of package checkin in PostgreSQL or
// SQLite, over a pool or in a transaction of the host.
//
//	db, err := sql.Open("pgx", dsn) // PostgreSQL; SetMaxIdleConns to what SetMaxOpenConns is
//	db, err := sql.Open("sqlite", "file:venue.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)"+
//		"&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_txlock=immediate") // modernc.org/sqlite
//
// A host on pgx's own pool shares it by stdlib.OpenDBFromPool. Its own pgx
// statements reach the joined transaction through the connection:
//
//	conn, err := db.Conn(ctx)
//	tx, err := conn.BeginTx(ctx, nil)
//	err = conn.Raw(func(c any) error { return work(c.(*stdlib.Conn).Conn()) })
//	err = svc.WithStores(stores.WithTx(tx)).Observe(ctx, booking)
//	err = tx.Commit()
package checkinbun

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/internal/bunx"
)

// Dialect names the database that a pool leads to: [Postgres] or [SQLite]. Its
// String is "postgres" or "sqlite".
type Dialect = bunx.Dialect

// The dialects.
const (
	Postgres = bunx.Postgres
	SQLite   = bunx.SQLite
)

// Tx is a transaction of the host: database/sql's ExecContext, QueryContext and
// QueryRowContext, and Commit and Rollback, which are never called here. *sql.Tx
// and bun.Tx are Txs, a pool isn't.
type Tx = bunx.Tx

// ErrSchema is in the chain of [CheckSchema]'s error when the tables are older
// than this release, and not when the database can't be asked.
var ErrSchema = bunx.ErrSchema

//go:embed migrations
var migrations embed.FS

// Migrations returns the package's migrations for a dialect: plain SQL files,
// named by version, forward only, for a tool of the host's own. Each records
// itself in checkin_schema, so that [Migrate] and such a tool may take turns.
func Migrations(d Dialect) fs.FS { return bunx.Folder(migrations, d) }

// Migrate brings the package's tables up to date. Any number of replicas may
// call it at once.
func Migrate(ctx context.Context, db *sql.DB, d Dialect) error {
	return bunx.Migrate(ctx, db, d, "checkin", Migrations(d))
}

// CheckSchema returns an [ErrSchema] when the tables are older than this
// release. It changes nothing.
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
	events, families := bunx.NewOutbox(db, "checkin"), bunx.NewCustomers(db, "checkin")
	return Stores{db: db, Stores: checkin.Stores{
		Scans: scans{db, events, families}, Keys: keys{db}, Customers: customers{families, db}, Outbox: events,
	}}
}
