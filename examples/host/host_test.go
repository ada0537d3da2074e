package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/checkin/checkintest"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

// evening is the clock of the tests.
var evening = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

// host is the application on a database of its own, with a chain in it.
type host struct {
	*app
	db                   *sql.DB
	site                 http.Handler
	chain, venue         int64
	ada, bo, door, clerk int64 // two guests; the venue's door, and another venue's
}

func newHost(t testing.TB, d checkinbun.Dialect) *host {
	t.Helper()
	db, dialect, err := open(dbtest.URL(t, d))
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	require.Equal(t, d, dialect)
	require.NoError(t, migrate(t.Context(), db, d))
	a, err := newApp(db, d, []byte("a test's own secret of 32 bytes.."), func() time.Time { return evening })
	require.NoError(t, err)
	site, err := a.handler()
	require.NoError(t, err)
	h := &host{app: a, db: db, site: site}
	h.chain, err = a.addChain(t.Context(), "Klot & Kägla")
	require.NoError(t, err)
	h.venue = h.insert(t, insertVenue, h.chain)
	h.ada = h.insert(t, insertCustomer, h.chain, "ada@example.com")
	h.bo = h.insert(t, insertCustomer, h.chain, "bo@example.com")
	h.door = h.insert(t, "INSERT INTO personal (anlaggning_id) VALUES ($1) RETURNING id", h.venue)
	other := h.insert(t, insertVenue, h.chain)
	h.clerk = h.insert(t, "INSERT INTO personal (anlaggning_id) VALUES ($1) RETURNING id", other)
	return h
}

const (
	insertVenue    = "INSERT INTO anlaggning (kedja_id, namn, tidszon, avbokning_timmar) VALUES ($1, 'Hornstull', 'Europe/Stockholm', 24) RETURNING id"
	insertCustomer = "INSERT INTO kund (kedja_id, epost) VALUES ($1, $2) RETURNING id"
)

func (h *host) insert(t testing.TB, query string, args ...any) (id int64) {
	t.Helper()
	require.NoError(t, h.db.QueryRowContext(t.Context(), query, args...).Scan(&id))
	return id
}

// each runs f on SQLite and on PostgreSQL.
func each(t *testing.T, f func(t *testing.T, h *host)) {
	t.Helper()
	for _, d := range []checkinbun.Dialect{checkinbun.SQLite, checkinbun.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			t.Parallel()
			f(t, newHost(t, d))
		})
	}
}

func dialectOf(t *testing.T) checkinbun.Dialect {
	if strings.HasSuffix(t.Name(), "/sqlite") {
		return checkinbun.SQLite
	}
	return checkinbun.Postgres
}

func TestOurTablesKeepThePortalsContract(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		portaltest.TestBookings(t, func(t testing.TB) portaltest.Harness { return h.harness(t) })
	})
}

// harness fills our tables, with a pair of chains for each check.
func (h *host) harness(t testing.TB) portaltest.Harness {
	var chains, venues [2]int64
	for i := range chains {
		chains[i] = h.insert(t, "INSERT INTO kedja (namn) VALUES ('Klot & Kägla') RETURNING id")
		venues[i] = h.insert(t, insertVenue, chains[i])
	}
	put := func(t testing.TB, owner portal.CustomerKey, verified bool, b portal.Booking) portal.Booking {
		t.Helper()
		chain, kund, ok := inwardKey(owner)
		require.True(t, ok)
		var status string
		for word, s := range states {
			if s == b.Status {
				status = word
			}
		}
		venue, code := venues[0], strings.ToUpper(dbtest.Tenant(t)[2:8])
		if chain == chains[1] {
			venue = venues[1]
		}
		id := h.insert(t, `
			INSERT INTO bokning (kedja_id, kund_id, epost, anlaggning_id, kod, bana, antal, start, slut, status, pris_ore, version, tid_version, tid_andrad)
			VALUES ($1, $2, 'ada@example.com', $3, $4, 7, $5, $6, $7, $8, $9, 1, 1, 0) RETURNING id`,
			chain, sql.Null[int64]{V: kund, Valid: verified}, venue, code, b.PartySize, b.StartsAt.Unix(), b.EndsAt.Unix(), status, b.Price.Amount)
		// What our tables have room for; the rest of b is not ours to keep.
		b.ID, b.Reference, b.Venue.ID, b.Venue.Name = outward(id), code, outward(venue), "Hornstull"
		b.Resources, b.ColorType, b.Package = []string{"Bana 7"}, "", nil
		b.StartsAt, b.EndsAt = time.Unix(b.StartsAt.Unix(), 0), time.Unix(b.EndsAt.Unix(), 0)
		b.ChangesUntil = b.StartsAt.Add(-24 * time.Hour)
		return b
	}
	return portaltest.Harness{
		Bookings: bookings{h.db},
		Put: func(t testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking {
			return put(t, owner, true, b)
		},
		PutUnverified: func(t testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking {
			return put(t, owner, false, b)
		},
		NewCustomer: func(t testing.TB, tenant int) portal.CustomerKey {
			id := h.insert(t, insertCustomer, chains[tenant], dbtest.Tenant(t))
			return portal.CustomerKey{TenantID: outward(chains[tenant]), CustomerID: outward(id)}
		},
	}
}

func TestAPlaceThatNoBookingCanHaveIsABadCursor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		_, err := bookings{h.db}.Page(t.Context(), portal.PageQuery{
			Customer: portal.CustomerKey{TenantID: outward(h.chain), CustomerID: outward(h.ada)}, Bucket: portal.Upcoming,
			AsOf: evening, After: portal.Position{At: evening, BookingID: "b1"}, Limit: 10,
		})
		require.ErrorIs(t, err, portal.ErrBadCursor)
	})
}

func TestCheckinsStoresKeepTheirContractOnOurDatabase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		stores := checkinbun.New(h.db, dialectOf(t)).Stores
		checkintest.TestStores(t, func(testing.TB) checkin.Stores { return stores })
	})
}

func TestOurMigrationToolAndCheckinsTakeTurns(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		d := dialectOf(t)
		require.NoError(t, migrate(t.Context(), h.db, d), "again")
		require.NoError(t, checkinbun.Migrate(t.Context(), h.db, d), "check-in's own runner finds nothing to do")
		require.NoError(t, checkinbun.CheckSchema(t.Context(), h.db, d))

		// And without the tool, the schema is told to be missing.
		empty := dbtest.Open(t, d)
		require.Error(t, checkinbun.CheckSchema(t.Context(), empty, d))
	})
}

// request is one of somebody signed in; nobody when c is nil.
func (h *host) request(method, target, body string, c *http.Cookie) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c != nil {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.site.ServeHTTP(w, r)
	return w
}

// answer decodes what a request that succeeds is answered.
func answer[T any](t testing.TB, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

func (h *host) status(t testing.TB, id int64) (status string, version int64) {
	t.Helper()
	require.NoError(t, h.db.QueryRowContext(t.Context(), "SELECT status, version FROM bokning WHERE id = $1", id).Scan(&status, &version))
	return status, version
}

func (h *host) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, h.db.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

var errStop = errors.New("stop")
