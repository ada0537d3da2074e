package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/portal"
)

// regular is a customer with 50,000 bookings behind them, and the ways to read
// a page of these.
type regular struct {
	app      *App
	key      booking.CustomerKey
	asOf     time.Time
	bookings []booking.Booking // newest first
	handler  http.Handler      // the whole server
	portal   http.Handler      // the portal's handler alone
	cookie   *http.Cookie
}

const (
	behind   = 50_000
	pageSize = 50
)

func newRegular(b *testing.B, d bunx.Dialect) *regular {
	b.Helper()
	args, _ := tenantsFile(b, "8080")
	app := newTestApp(b, Options{DB: dbtest.URL(b, d), Demo: "off", Tenants: args[3], Secrets: testSecrets})
	ctx := b.Context()
	c, err := app.Accounts.EnsureCustomer(ctx, "chain", "regular@chain.example", "Regular", "en")
	require.NoError(b, err)
	r := &regular{app: app, key: booking.CustomerKey{TenantID: "chain", CustomerID: c.ID}, asOf: bunx.Time(time.Now())}
	require.NoError(b, app.Engine.PutVenue(ctx, booking.Venue{TenantID: "chain", ID: "hall", Name: "The hall", Zone: "Europe/Stockholm", Currency: "SEK"}))
	for i := range 8 {
		require.NoError(b, app.Engine.PutResource(ctx, booking.Resource{
			TenantID: "chain", VenueID: "hall", ID: laneID(i), Name: fmt.Sprint("Lane ", i), Kind: booking.Lane, Price: 30000, Capacity: 6,
		}))
	}
	require.NoError(b, app.Engine.PutPackage(ctx, booking.Package{
		TenantID: "chain", VenueID: "hall", ID: "charcuterie", Name: map[string]string{"sv": "Charkbricka", "en": "Charcuterie"},
	}))
	for i := range behind {
		at := r.asOf.Add(-time.Duration(i+1) * 3 * time.Hour)
		r.bookings = append(r.bookings, booking.Booking{
			TenantID: "chain", ID: ids.New(), VenueID: "hall", Kind: booking.Lane, Resources: []string{laneID(i % 8)}, PartySize: 4,
			CustomerID: c.ID, PackageID: "charcuterie", Status: booking.Completed, Channel: booking.ChannelWeb, StartsAt: at,
			EndsAt: at.Add(2 * time.Hour), CreatedAt: at, Price: booking.Money{Amount: 30000},
		})
	}
	_, err = app.Engine.Import(ctx, r.bookings, false)
	require.NoError(b, err)
	if d == bunx.Postgres {
		_, err = app.DB.ExecContext(ctx, "VACUUM ANALYZE booking_bookings") // as autovacuum would have done
		require.NoError(b, err)
	}
	r.serve(b)
	return r
}

// serve makes the handlers and signs the customer in.
func (r *regular) serve(b *testing.B) {
	b.Helper()
	var err error
	r.handler, err = r.app.Handler()
	require.NoError(b, err)
	who := principal{TenantID: r.key.TenantID, Subject: r.key.CustomerID}
	r.portal = r.app.Portal.CustomerHandler(portal.HandlerConfig{Identify: func(*http.Request) (portal.Principal, error) { return who, nil }})
	link, err := r.app.Accounts.IssueLink(b.Context(), "chain", "regular@chain.example", account.KindCustomer)
	require.NoError(b, err)
	_, value, err := r.app.Accounts.Redeem(b.Context(), "chain", link, time.Now(), "127.0.0.1", "")
	require.NoError(b, err)
	r.cookie = &http.Cookie{Name: account.Cookies{}.Name(), Value: value}
}

// places are how far into the history a page begins, in bookings.
var places = []struct {
	name string
	skip int
}{{"first", 0}, {"page 500", 499 * pageSize}, {"last", behind - pageSize}}

// after returns the position of the booking before a page.
func (r *regular) after(skip int) booking.Position {
	if skip == 0 {
		return booking.Position{}
	}
	return r.bookings[skip-1].Position()
}

// A way reads the page that begins after skip bookings.
type way func(ctx context.Context, skip int) error

func (r *regular) ways() map[string]way {
	return map[string]way{
		"sql": r.bare,
		"engine": func(ctx context.Context, skip int) error {
			rows, err := r.app.Engine.CustomerPage(ctx, r.key, booking.BucketHistory, r.asOf, r.after(skip), pageSize+1)
			return full(len(rows), err)
		},
		"session": func(ctx context.Context, _ int) error {
			_, err := r.app.Accounts.Lookup(ctx, r.key.TenantID, r.cookie.Value)
			return err
		},
		"portal": func(ctx context.Context, skip int) error { return r.get(ctx, r.portal, skip) },
		"server": func(ctx context.Context, skip int) error { return r.get(ctx, r.handler, skip) },
	}
}

// full reports a page that has too few bookings.
func full(rows int, err error) error {
	if err == nil && rows < pageSize {
		err = fmt.Errorf("%d bookings", rows)
	}
	return err
}

func (r *regular) get(ctx context.Context, h http.Handler, skip int) error {
	query := url.Values{"bucket": {"history"}, "limit": {fmt.Sprint(pageSize)}}
	if skip > 0 {
		at := r.after(skip)
		query.Set("cursor", httpx.EncodeCursor("portal.history", httpx.Position{At: at.StartsAt, ID: at.ID, AsOf: r.asOf}))
	}
	q := httptest.NewRequestWithContext(ctx, http.MethodGet, "/me/bookings?"+query.Encode(), nil)
	q.Host = "chain.localhost"
	q.AddCookie(r.cookie)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	if w.Code != http.StatusOK || w.Body.Len() < 10_000 {
		return fmt.Errorf("%d %s", w.Code, w.Body)
	}
	return nil
}

// bare is the page's query and its rows by database/sql alone.
func (r *regular) bare(ctx context.Context, skip int) error {
	after, instant := r.after(skip), func(t time.Time) any { return t }
	if skip == 0 {
		after.StartsAt = r.asOf
	}
	if r.app.Dialect == bunx.SQLite {
		instant = func(t time.Time) any { return t.Format("2006-01-02 15:04:05.000000-07:00") }
	}
	rows, err := r.app.DB.QueryContext(ctx, `SELECT * FROM booking_bookings WHERE tenant_id = $1 AND customer_id = $2
		AND status <> 'CANCELLED' AND ends_at <= $3 AND (starts_at, id) < ($4, $5) ORDER BY starts_at DESC, id DESC LIMIT $6`,
		r.key.TenantID, r.key.CustomerID, instant(r.asOf), instant(after.StartsAt), after.ID, pageSize+1)
	if err != nil {
		return err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	n := 0
	for ; rows.Next(); n++ {
		row := newRow(types)
		if err := rows.Scan(row...); err != nil {
			return err
		}
	}
	return full(n, rows.Err())
}

// newRow returns where a row is scanned to.
func newRow(types []*sql.ColumnType) []any {
	row := make([]any, len(types))
	for i, t := range types {
		switch t.DatabaseTypeName() {
		case "INT8", "INTEGER":
			row[i] = new(int64)
		case "TIMESTAMPTZ":
			row[i] = new(sql.NullTime)
		default:
			row[i] = new(sql.NullString)
		}
	}
	return row
}

// BenchmarkHistory reads pages of 50 at three depths, by the bare SQL and by
// each layer over it.
func BenchmarkHistory(b *testing.B) {
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		b.Run(d.String(), func(b *testing.B) {
			r := newRegular(b, d)
			ways := r.ways()
			for _, name := range []string{"sql", "engine", "portal", "server"} {
				for _, p := range places {
					b.Run(filepath.Join(name, p.name), func(b *testing.B) {
						b.ReportAllocs()
						for b.Loop() {
							require.NoError(b, ways[name](b.Context(), p.skip))
						}
					})
				}
			}
			b.Run("ratios", func(b *testing.B) { r.ratios(b) })
		})
	}
}

// ratios takes turns and compares the first deciles, so that whatever else the
// machine does falls on both sides, or on neither.
func (r *regular) ratios(b *testing.B) {
	ways, took := r.ways(), map[string][]time.Duration{}
	measure := func(name, way string, skip int) {
		began := time.Now()
		require.NoError(b, ways[way](b.Context(), skip))
		took[name] = append(took[name], time.Since(began))
	}
	last := places[len(places)-1].skip
	for b.Loop() {
		measure("sql", "sql", 0)
		measure("server", "server", 0)
		measure("server, last", "server", last)
		measure("session", "session", 0)
		measure("portal", "portal", 0)
		measure("engine", "engine", 0)
		measure("engine, last", "engine", last)
	}
	cost := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/10])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(cost("engine, last")/cost("engine"), "engine:last/first")
	b.ReportMetric(cost("server, last")/cost("server"), "server:last/first")
	b.ReportMetric(cost("engine")/cost("sql"), "engine/sql")
	b.ReportMetric(cost("session")/cost("sql"), "session/sql")
	b.ReportMetric(cost("portal")/cost("sql"), "portal/sql")
	b.ReportMetric(cost("server")/cost("sql"), "server/sql")
	b.ReportMetric(cost("sql")/1e3, "sql-µs")
}
