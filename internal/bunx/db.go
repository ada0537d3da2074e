// Package bunx is the data layer under the stores: one bun.DB per store over
// the host's own pool, a host's transaction joined, and the few differences
// between PostgreSQL and SQLite kept in one place.
package bunx

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
)

// Tx is a transaction of the host: database/sql's three query methods, plus
// Commit and Rollback so that a pool, which must not be joined, doesn't fit.
// Neither is ever called here. *sql.Tx and bun.Tx are Txs.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	Commit() error
	Rollback() error
}

// DB is a store's handle on a database: the host's pool, or one transaction on
// it. It is safe for concurrent use unless it is joined to a transaction.
type DB struct {
	bun     *bun.DB
	dialect Dialect
	pgx     bool // the driver is pgx behind database/sql
	tx      Tx   // joined, or nil
}

// New returns a handle over the host's pool, which stays the host's: it is
// never closed here. It panics on a Dialect that is neither of the two, which
// is a mistake in the program and not in its data.
func New(db *sql.DB, d Dialect) *DB {
	var sd schema.Dialect
	switch d {
	case Postgres:
		sd = pgdialect.New()
	case SQLite:
		sd = sqlitedialect.New()
	default:
		panic("bunx: unknown dialect " + d.String())
	}
	return &DB{
		// A replica that is one release older reads rows with columns it doesn't know.
		bun:     bun.NewDB(db, sd, bun.WithDiscardUnknownColumns()),
		dialect: d,
		pgx:     d == Postgres && fmt.Sprintf("%T", db.Driver()) == "*stdlib.Driver",
	}
}

// WithTx returns a handle on which every statement runs in tx. Committing it
// and retrying it remain its owner's business.
func (d *DB) WithTx(tx Tx) *DB {
	switch t := tx.(type) {
	// bun formats a statement a second time when it passes through its own Tx,
	// which turns a `?` in the data into SQL.
	case bun.Tx:
		tx = t.Tx
	case *bun.Tx:
		tx = t.Tx
	}
	joined := *d
	joined.tx = tx
	return &joined
}

// Dialect returns the dialect the handle was made for.
func (d *DB) Dialect() Dialect { return d.dialect }

// Q runs single statements: each by itself, or in the joined transaction.
func (d *DB) Q() Queries {
	if d.tx != nil {
		return d.queries(d.tx)
	}
	return d.queries(d.bun.DB)
}

func (d *DB) queries(c bun.IConn) Queries {
	q := Queries{db: d, conn: c}
	q.tx, _ = c.(Tx)
	if d.pgx {
		q.conn = execMode{c}
	}
	return q
}

// Run is InTx for what needs no savepoint when joined: a statement that fails
// there ends the host's transaction anyway.
func (d *DB) Run(ctx context.Context, f func(q Queries) error) error {
	if d.tx != nil {
		return f(d.queries(d.tx))
	}
	return d.InTx(ctx, f)
}

// maxAttempts bounds the tries of a transaction that loses against others.
const maxAttempts = 8

// InTx runs f in a transaction: its own, retried when the database refuses it
// for the sake of others, or a savepoint of the joined one, which only the
// owner of that transaction can retry. f may therefore run more than once. It
// must make no network call and scan a result whole before its next statement.
func (d *DB) InTx(ctx context.Context, f func(q Queries) error) error {
	if d.tx != nil {
		return d.inSavepoint(ctx, f)
	}
	for attempt := 1; ; attempt++ {
		err := d.once(ctx, f)
		if err == nil || attempt == maxAttempts || !IsRetryable(err) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// pause lets others go first, the longer the more attempts there were.
func pause(ctx context.Context, attempt int) error {
	timer := time.NewTimer(rand.N(time.Duration(min(attempt, maxAttempts)) * 10 * time.Millisecond)) //nolint:gosec // no secret
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (d *DB) once(ctx context.Context, f func(q Queries) error) error {
	var opts *sql.TxOptions
	if d.dialect == Postgres {
		// Whatever the host's default is: the stores lock what they decide on.
		opts = &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	}
	tx, err := d.bun.DB.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	if err := f(d.queries(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

var savepoints atomic.Uint64

func (d *DB) inSavepoint(ctx context.Context, f func(q Queries) error) (err error) {
	name := fmt.Sprintf("venuekit_%d", savepoints.Add(1))
	if _, err := d.tx.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return err
	}
	done := false
	defer func() {
		if done {
			return
		}
		// Also when f panics or ctx has ended: the host's transaction goes on.
		undo := context.WithoutCancel(ctx)
		if _, e := d.tx.ExecContext(undo, "ROLLBACK TO SAVEPOINT "+name); e == nil {
			_, _ = d.tx.ExecContext(undo, "RELEASE SAVEPOINT "+name)
		}
	}()
	if err := f(d.queries(d.tx)); err != nil {
		return err
	}
	if _, err := d.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+name); err != nil {
		return err
	}
	done = true
	return nil
}

// execMode keeps pgx from preparing each select: bun writes the arguments into
// the text, so that every text is new and a cache of statements only grows.
// The mode travels with the query, and the host's DSN stays as it is.
type execMode struct{ bun.IConn }

func (c execMode) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.IConn.QueryContext(ctx, query, append([]any{pgx.QueryExecModeExec}, args...)...)
}
