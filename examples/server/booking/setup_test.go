package booking_test

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// friday is the noon before the service day that most tests book on.
var (
	friday  = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	tonight = booking.Date{Year: 2026, Month: 11, Day: 20}
	at19    = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC) // by Stockholm's clocks
)

// clock is a clock that tests set.
type clock struct {
	sync.Mutex
	t time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.t
}

func (c *clock) set(t time.Time) {
	c.Lock()
	defer c.Unlock()
	c.t = t
}

// house is a tenant with one venue, three lanes for six, two tables and an
// event of ten seats.
type house struct {
	*booking.Engine
	*clock
	db     *sql.DB
	d      bunx.Dialect
	tenant string
	cfg    booking.Config
}

func migrate(d bunx.Dialect) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error { return booking.Migrate(ctx, db, d) }
}

// each runs the test on both databases, in a tenant of its own.
func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Parallel()
	for _, d := range []bunx.Dialect{bunx.SQLite, bunx.Postgres} {
		t.Run(d.String(), func(t *testing.T) {
			fn(t, newHouse(t, dbtest.Shared(t, d, "booking", migrate(d)), d, booking.Config{}))
		})
	}
}

// eachAlone is each in a database of its own, for verbs over all tenants.
func eachAlone(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db *sql.DB, d bunx.Dialect) {
		require.NoError(t, booking.Migrate(t.Context(), db, d))
		fn(t, newHouse(t, db, d, booking.Config{}))
	})
}

func newHouse(t testing.TB, db *sql.DB, d bunx.Dialect, cfg booking.Config) *house {
	t.Helper()
	c := &clock{t: friday}
	cfg.Now = c.now
	h := &house{Engine: booking.New(db, d, cfg), clock: c, db: db, d: d, tenant: dbtest.Tenant(t), cfg: cfg}
	h.furnish(t)
	return h
}

// with returns the house behind an engine with another configuration.
func (h *house) with(change func(cfg *booking.Config)) *house {
	other := *h
	change(&other.cfg)
	other.Engine = booking.New(h.db, h.d, other.cfg)
	return &other
}

func (h *house) venue() booking.Venue {
	v := booking.Venue{
		TenantID: h.tenant, ID: "hornstull", Name: "Boule Hornstull", Zone: "Europe/Stockholm", Currency: "SEK",
		Seasons: []booking.Season{{Name: "winter", From: "12-01", To: "02-29"}}, Address: "Hornsgatan 1",
	}
	for day := range v.Hours {
		v.Hours[day] = booking.Hours{Open: 16 * 60, Close: 2 * 60}
	}
	return v
}

func (h *house) venueKey() booking.VenueKey { return h.venue().Key() }

func (h *house) furnish(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, h.PutVenue(ctx, h.venue()))
	for _, r := range []booking.Resource{
		{ID: "lane-1", Name: "Lane 1", Kind: booking.Lane, ColorType: "red", Price: 30000, Capacity: 6},
		{ID: "lane-2", Name: "Lane 2", Kind: booking.Lane, ColorType: "red", Price: 30000, Capacity: 6},
		{ID: "lane-3", Name: "Lane 3", Kind: booking.Lane, ColorType: "blue", Price: 30000, Capacity: 6},
		{ID: "table-4", Name: "Table for 4", Kind: booking.Table, Price: 0, Capacity: 4},
		{ID: "table-8", Name: "Table for 8", Kind: booking.Table, Price: 0, Capacity: 8},
		{
			ID: "quiz", Name: "Quiz", Kind: booking.Event, ColorType: "gold", Price: 15000, Capacity: 10,
			StartsAt: at19, EndsAt: at19.Add(3 * time.Hour),
		},
	} {
		r.TenantID, r.VenueID = h.tenant, "hornstull"
		require.NoError(t, h.PutResource(ctx, r))
	}
	require.NoError(t, h.PutPackage(ctx, booking.Package{
		TenantID: h.tenant, VenueID: "hornstull", ID: "charcuterie",
		Name: map[string]string{"sv": "Charkbricka", "en": "Charcuterie"}, PricePerPerson: 19500,
	}))
}

// request is a lane for four from 19 to 21, under a key of its own.
func (h *house) request(key string) booking.Request {
	return booking.Request{
		TenantID: h.tenant, IdempotencyKey: key, VenueID: "hornstull", Kind: booking.Lane, StartsAt: at19,
		Duration: 2 * time.Hour, PartySize: 4, CustomerID: "anna", Channel: booking.ChannelWeb,
	}
}

func (h *house) book(t testing.TB, key string, change func(r *booking.Request)) booking.Booking {
	t.Helper()
	r := h.request(key)
	if change != nil {
		change(&r)
	}
	b, err := h.Book(t.Context(), r)
	require.NoError(t, err)
	return b
}

// sold are the units in the tables, and the seats taken of the event.
func (h *house) sold(t require.TestingT) (units []string, seats int) {
	query := "SELECT venue_id, resource_id, slot_at FROM booking_slots WHERE tenant_id = $1"
	rows, err := h.db.Query(query, h.tenant)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var venue, resource string
		var at any
		require.NoError(t, rows.Scan(&venue, &resource, &at))
		units = append(units, venue+" "+resource+" "+slotTime(t, at))
	}
	require.NoError(t, rows.Err())
	slices.Sort(units)
	err = h.db.QueryRow("SELECT coalesce(sum(seats_taken), 0) FROM booking_resources WHERE tenant_id = $1", h.tenant).Scan(&seats)
	require.NoError(t, err)
	return units, seats
}

func slotTime(t require.TestingT, v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04")
	case string:
		at, err := time.Parse("2006-01-02 15:04:05.999999-07:00", v)
		require.NoError(t, err)
		return at.Format("2006-01-02T15:04")
	}
	require.Fail(t, "no time", "%T", v)
	return ""
}

// owned are the units and seats that bookings say they own.
func owned(bookings ...booking.Booking) (units []string, seats int) {
	for _, b := range bookings {
		units = append(units, booking.Units(b)...)
		if b.Kind == booking.Event && b.Status.Live() {
			seats += b.PartySize
		}
	}
	slices.Sort(units)
	return units, seats
}
