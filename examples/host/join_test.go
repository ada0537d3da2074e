package main

import (
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	bunschema "github.com/uptrace/bun/schema"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

func (h *host) key(id int64) checkin.Key {
	return checkin.Key{TenantID: outward(h.chain), BookingID: outward(id)}
}

func (h *host) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w
}

func httpUndo(scan string) *http.Request {
	r := httptest.NewRequest("POST", "/personal/incheckning/scans/"+scan+"/undo", nil)
	r.Header.Set("Idempotency-Key", "undo-1")
	return r
}

func TestABookingItsLogAndCheckinAreChangedTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		id := h.booked(t)
		require.NoError(t, h.store.cancel(t.Context(), h.ada, id))
		state, err := h.checkin.Booking(t.Context(), h.key(id))
		require.NoError(t, err)
		require.Equal(t, checkin.StatusCancelled, state.Booking.Status)
		require.EqualValues(t, 2, state.Booking.Revision)
		require.Equal(t, 2, h.count(t, "SELECT count(*) FROM logg WHERE bokning_id = $1", id))

		// Check-in refuses what breaks its rules, and with it the change.
		other := h.booked(t)
		err = h.store.change(t.Context(), other, "kund", "ny kod", "UPDATE bokning SET kod = 'O.L.', version = version + 1 WHERE id = $1", other)
		require.ErrorIs(t, err, checkin.ErrInvalid)
		h.requireUntouched(t, other)

		// And what fails after check-in was told takes that back.
		err = inTx(t.Context(), h.db, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), "UPDATE bokning SET status = 'avbokad', version = 2 WHERE id = $1", other)
			require.NoError(t, err)
			require.NoError(t, h.store.record(t.Context(), tx, other, "kund", "avbokad"))
			return errStop
		})
		require.ErrorIs(t, err, errStop)
		h.requireUntouched(t, other)
	})
}

// requireUntouched checks that a fresh booking is as it was, in all three places.
func (h *host) requireUntouched(t testing.TB, id int64) {
	t.Helper()
	status, version := h.status(t, id)
	require.Equal(t, "bekräftad", status)
	require.EqualValues(t, 1, version)
	require.Equal(t, 1, h.count(t, "SELECT count(*) FROM logg WHERE bokning_id = $1", id))
	state, err := h.checkin.Booking(t.Context(), h.key(id))
	require.NoError(t, err)
	require.Equal(t, checkin.StatusConfirmed, state.Booking.Status)
	require.EqualValues(t, 1, state.Booking.Revision)
}

// Were our data layer bun, its transaction would be joined as it is.
func TestATransactionOfBunMayBeJoined(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		var dialect bunschema.Dialect = pgdialect.New()
		if dialectOf(t) == checkinbun.SQLite {
			dialect = sqlitedialect.New()
		}
		ours := bun.NewDB(h.db, dialect) // never closed: the pool is the application's
		id := h.booked(t)
		cancel := func(ctx context.Context, tx bun.Tx) {
			_, err := tx.NewUpdate().Table("bokning").Set("status = ?", "avbokad").Set("version = version + 1").Where("id = ?", id).Exec(ctx)
			require.NoError(t, err)
			b, err := scanBooking(tx.QueryRowContext(ctx, selectBooking+"WHERE b.id = ?", id))
			require.NoError(t, err)
			require.NoError(t, h.checkin.WithStores(h.store.stores.WithTx(tx)).Observe(ctx, b.observed()))
		}
		require.ErrorIs(t, ours.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			cancel(ctx, tx)
			return errStop
		}), errStop)
		h.requireUntouched(t, id)

		require.NoError(t, ours.RunInTx(t.Context(), nil, func(ctx context.Context, tx bun.Tx) error {
			cancel(ctx, tx)
			return nil
		}))
		state, err := h.checkin.Booking(t.Context(), h.key(id))
		require.NoError(t, err)
		require.Equal(t, checkin.StatusCancelled, state.Booking.Status)
	})
}

// Were our data layer pgx, its pool would be shared, and a transaction be begun
// by database/sql: the connection under it is pgx's all the same.
func TestAPoolOfPgxMayBeShared(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), dbtest.URL(t, checkinbun.Postgres)
	pool, err := pgxpool.New(ctx, url)
	require.NoError(t, err)
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	require.NoError(t, migrate(ctx, db, checkinbun.Postgres))
	a, err := newApp(db, checkinbun.Postgres, []byte(strings.Repeat("secret", 6)), func() time.Time { return evening })
	require.NoError(t, err)

	change := func(end func(*sql.Tx) error) {
		conn, err := db.Conn(ctx)
		require.NoError(t, err)
		defer conn.Close()
		tx, err := conn.BeginTx(ctx, nil)
		require.NoError(t, err)
		defer tx.Rollback()
		require.NoError(t, conn.Raw(func(driverConn any) error {
			ours := driverConn.(*stdlib.Conn).Conn() // a *pgx.Conn, in the transaction
			_, err := ours.Exec(ctx, "INSERT INTO kedja (namn) VALUES ($1)", "Klot")
			return err
		}))
		require.NoError(t, a.checkin.WithStores(a.store.stores.WithTx(tx)).Observe(ctx, checkin.Booking{
			TenantID: outward(1), ID: outward(1), VenueID: outward(1), Revision: 1, SlotRevision: 1, SlotRevisedAt: evening,
			StartsAt: evening, EndsAt: evening.Add(time.Hour), Status: checkin.StatusConfirmed,
		}))
		require.NoError(t, end(tx))
	}
	found := func() (chains int, err error) {
		require.NoError(t, pool.QueryRow(ctx, "SELECT count(*) FROM kedja").Scan(&chains))
		_, err = a.checkin.Booking(ctx, checkin.Key{TenantID: outward(1), BookingID: outward(1)})
		return chains, err
	}
	change((*sql.Tx).Rollback)
	chains, err := found()
	require.Zero(t, chains)
	require.ErrorIs(t, err, checkin.ErrNotFound)
	change((*sql.Tx).Commit)
	chains, err = found()
	require.Equal(t, 1, chains)
	require.NoError(t, err)
}
