package booking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/ids"
)

// Config holds what an Engine may be told.
type Config struct {
	// Now is the clock. Default: time.Now.
	Now func() time.Time
	// NewID makes the ids of bookings. Default: UUIDv7.
	NewID func() string
	// Logger receives what the sweeps meet. Default: slog.Default().
	Logger *slog.Logger
	// Changed is called after each change of a booking, in its transaction tx,
	// with the booking as it became. An error rolls the change back. It may be
	// called again for the same change when the database made the transaction
	// start over. Default: nothing is called.
	Changed func(ctx context.Context, tx bunx.Tx, b Booking) error
}

// Engine is the booking engine over a host's tables. It is safe for concurrent
// use, except where WithTx joined it to a transaction.
type Engine struct {
	db  *bunx.DB
	cfg Config
}

// New returns an engine over db, whose tables Migrate has made. db stays the
// caller's.
func New(db *sql.DB, d bunx.Dialect, cfg Config) *Engine {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = ids.New
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Changed == nil {
		cfg.Changed = func(context.Context, bunx.Tx, Booking) error { return nil }
	}
	return &Engine{db: bunx.New(db, d), cfg: cfg}
}

// WithTx returns a copy of the engine whose verbs are part of tx, each behind a
// savepoint. Only the owner of tx can retry what the database refuses for the
// sake of others.
func (e *Engine) WithTx(tx bunx.Tx) *Engine {
	joined := *e
	joined.db = e.db.WithTx(tx)
	return &joined
}

func (e *Engine) now() time.Time { return bunx.Time(e.cfg.Now()) }

// change applies f to a booking under its row's lock and writes what became of
// it: resources taken and given back, revisions stamped, Changed called. An f
// that leaves the booking as it was changes nothing and is no error. f may run
// more than once.
func (e *Engine) change(ctx context.Context, k Key, now time.Time, f func(q bunx.Queries, b *Booking) error) (Booking, error) {
	var b Booking
	err := e.db.InTx(ctx, func(q bunx.Queries) error {
		old, err := get(ctx, q, k, q.ForUpdate())
		if err != nil {
			return err
		}
		b = old
		if err := f(q, &b); err != nil {
			return err
		}
		if reflect.DeepEqual(old, b) {
			return nil
		}
		b.revise(old, now)
		if err := swap(ctx, q, old, b); err != nil {
			return err
		}
		if err := update(ctx, q, old, b); err != nil {
			return err
		}
		return e.cfg.Changed(ctx, q.Tx(), b)
	})
	if err != nil {
		return Booking{}, err
	}
	return b, nil
}

// notFound turns an empty read into ErrNotFound, named.
func notFound(err error, what, id string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%w: %s %q", ErrNotFound, what, id)
	}
	return err
}
