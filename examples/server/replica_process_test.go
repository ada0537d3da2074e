package main

import (
	"cmp"
	"database/sql"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/demo"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/dbtest"
	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/internal/sqldb"
)

// crowd is how many do the same at once.
const crowd = 200

// pair is two servers of one chain over one PostgreSQL, and the same services
// in the test's own process.
type pair struct {
	t       *testing.T
	app     *App
	servers [2]*process
	key     [2]string // header: an owner's API key
}

// openPair starts the servers of a chain whose venue, the hall, has that many lanes.
func openPair(t *testing.T, lanes int) *pair {
	t.Helper()
	url := dbtest.URL(t, bunx.Postgres)
	args, env := tenantsFile(t, "8080")
	app := newTestApp(t, Options{DB: url, Demo: "off", Tenants: args[3], Secrets: testSecrets})
	p := &pair{t: t, app: app}
	v := booking.Venue{TenantID: "chain", ID: "hall", Name: "The hall", Zone: "Europe/Stockholm", Currency: "SEK", Address: "1 Street"}
	for day := range v.Hours {
		v.Hours[day] = booking.Hours{Open: 10 * 60, Close: 23 * 60}
	}
	require.NoError(t, app.Engine.PutVenue(t.Context(), v))
	for i := range lanes {
		require.NoError(t, app.Engine.PutResource(t.Context(), booking.Resource{
			TenantID: "chain", VenueID: "hall", ID: laneID(i), Name: laneID(i), Kind: booking.Lane, Price: 30000, Capacity: 6,
		}))
	}
	_, key, err := app.Accounts.CreateKey(t.Context(), "chain", "tests", account.RoleOwner, nil)
	require.NoError(t, err)
	p.key = [2]string{"Authorization", "Bearer " + key}
	for i := range p.servers {
		p.servers[i] = startServer(t, t.TempDir(), "chain.localhost", env, append(slices.Clone(args), "-db", url)...)
	}
	for _, s := range p.servers {
		s.ready()
	}
	return p
}

func laneID(i int) string { return fmt.Sprintf("lane-%02d", i) }

// tomorrow is an evening that can be booked.
func tomorrow() time.Time {
	return time.Now().UTC().Truncate(24 * time.Hour).Add(24*time.Hour + 17*time.Hour)
}

// book asks one of the servers for a lane tomorrow.
func (p *pair) book(server int, key, email string) (reply, error) {
	return p.servers[server].send(p.t.Context(), http.MethodPost, "/ops/bookings", map[string]any{
		"venue": "hall", "resource_type": "lane", "starts_at": tomorrow(), "minutes": 120, "party_size": 4,
		"customer": map[string]string{"email": email, "name": "Guest"},
	}, append(p.key[:], "Idempotency-Key", key)...)
}

// tonight puts confirmed bookings that have just begun, one on each lane, and
// returns their tokens.
func (p *pair) tonight(n int) (bookings []booking.Booking, tokens []string) {
	p.t.Helper()
	now := bunx.Time(time.Now())
	for i := range n {
		bookings = append(bookings, booking.Booking{
			TenantID: "chain", ID: ids.New(), VenueID: "hall", Kind: booking.Lane, Resources: []string{laneID(i)}, PartySize: 4,
			CustomerID: "guest", Status: booking.Confirmed, Channel: booking.ChannelWeb, StartsAt: now.Add(-5 * time.Minute),
			EndsAt: now.Add(115 * time.Minute), CreatedAt: now.Add(-time.Hour),
		})
	}
	_, err := p.app.Engine.Import(p.t.Context(), bookings, true)
	require.NoError(p.t, err)
	for _, b := range bookings {
		token, err := p.app.Checkin.Issue(p.t.Context(), checkin.Key{TenantID: "chain", BookingID: b.ID})
		require.NoError(p.t, err)
		tokens = append(tokens, token.Packed)
	}
	return bookings, tokens
}

func (p *pair) scan(server int, token, nonce string) (reply, error) {
	return p.servers[server].send(p.t.Context(), http.MethodPost, "/ops/checkin/scans",
		map[string]any{"token": token, "venue": "hall", "nonce": nonce, "guests": 4}, p.key[:]...)
}

// relayed waits until the engine has heard of every check-in, and that it heard
// of each once.
func (p *pair) relayed(bookings []booking.Booking) {
	p.t.Helper()
	for _, b := range bookings {
		until(p.t, "the engine hears of a check-in", func() bool {
			got, err := p.app.Engine.Get(p.t.Context(), b.Key())
			require.NoError(p.t, err)
			b = got
			return got.Status == booking.CheckedIn
		})
		require.EqualValues(p.t, 2, b.Revision, "checked in once")
	}
	until(p.t, "nothing is left to tell", func() bool {
		return countRows(p.t, p.app.DB, "SELECT count(*) FROM checkin_outbox") == 0
	})
}

// together calls f n times at once and counts the answers by status and code.
func together(t *testing.T, n int, f func(i int) (reply, error)) map[string]int {
	t.Helper()
	replies, errs := make([]reply, n), make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			replies[i], errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	counts := map[string]int{}
	for i, r := range replies {
		require.NoError(t, errs[i])
		counts[fmt.Sprint(r.status, " ", r.code())]++
	}
	return counts
}

func TestTwoServersOnOneDatabaseAreOne(t *testing.T) {
	t.Parallel()
	p := openPair(t, 2)
	type list struct {
		Items []struct{ ID, Reference string }
	}
	seenBy := func(s *process, path string, header ...string) (all []string) {
		var l list
		s.get(&l, path, header...)
		for _, b := range l.Items {
			all = append(all, b.ID)
		}
		return all
	}

	made, err := p.book(0, "first", "kim@example.com")
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, made.status, made.body)
	again, err := p.book(1, "first", "kim@example.com")
	require.NoError(t, err)
	require.Equal(t, made.body, again.body, "the other server knows the request")
	bookings, err := p.app.Engine.CustomerPage(t.Context(), p.customer("kim@example.com"), booking.BucketUpcoming, time.Now(), booking.Position{}, 10)
	require.NoError(t, err)
	require.Len(t, bookings, 1)
	id := bookings[0].ID

	link, err := p.app.Accounts.IssueLink(t.Context(), "chain", "kim@example.com", account.KindCustomer)
	require.NoError(t, err)
	cookie, _ := p.servers[0].signIn("/login/"+link, "kim@example.com")
	for _, s := range p.servers {
		require.Equal(t, []string{id}, seenBy(s, "/ops/bookings?venue=hall&day="+bookings[0].ServiceDay.String(), p.key[:]...))
		require.Equal(t, []string{id}, seenBy(s, "/me/bookings", cookie[:]...), "a session of one is the other's too")
	}

	// One lane is left.
	require.Equal(t, map[string]int{"201 ": 1, "409 unavailable": crowd - 1}, together(t, crowd, func(i int) (reply, error) {
		return p.book(i%2, fmt.Sprint("race-", i), fmt.Sprintf("guest-%d@example.com", i%7))
	}))
	day, err := p.app.Engine.VenueDay(t.Context(), booking.VenueKey{TenantID: "chain", VenueID: "hall"}, bookings[0].ServiceDay, booking.Position{}, 10)
	require.NoError(t, err)
	require.Len(t, day, 2)
	require.NotEqual(t, day[0].Resources, day[1].Resources)
}

func (p *pair) customer(email string) booking.CustomerKey {
	p.t.Helper()
	c, err := p.app.Accounts.CustomerByEmail(p.t.Context(), "chain", email)
	require.NoError(p.t, err)
	return booking.CustomerKey{TenantID: "chain", CustomerID: c.ID}
}

func TestTwoHundredScansAtTwoServersAreOneCheckIn(t *testing.T) {
	t.Parallel()
	p := openPair(t, 1)
	bookings, tokens := p.tonight(1)
	require.Equal(t, map[string]int{"200 ok": 1, "200 already_checked_in": crowd - 1}, together(t, crowd, func(i int) (reply, error) {
		return p.scan(i%2, tokens[0], fmt.Sprint("nonce-", i))
	}))
	p.relayed(bookings)
	for _, s := range p.servers {
		s.signal(syscall.SIGTERM)
		require.Zero(t, s.exit())
	}
}

// The doors that were served by the server that died try the other one, with
// the nonce of the scan they have no answer to.
func TestAServerKilledAmidScansLosesNothing(t *testing.T) {
	t.Parallel()
	const doors, guests = 8, 48
	p := openPair(t, guests)
	bookings, tokens := p.tonight(guests)
	var next, answered, lost atomic.Int32
	counts := together(t, doors, func(int) (reply, error) {
		for {
			i := int(next.Add(1)) - 1
			if i >= guests {
				return reply{}, nil
			}
			r, err := p.scan(0, tokens[i], fmt.Sprint("nonce-", i))
			if err != nil {
				lost.Add(1)
				r, err = p.scan(1, tokens[i], fmt.Sprint("nonce-", i))
			}
			if err != nil || r.code() != "ok" {
				return r, cmp.Or(err, fmt.Errorf("%d %s", r.status, r.body))
			}
			if answered.Add(1) == guests/4 {
				_ = p.servers[0].cmd.Process.Kill()
			}
		}
	})
	require.Equal(t, map[string]int{"0 ": doors}, counts)
	require.EqualValues(t, guests, answered.Load())
	require.Positive(t, lost.Load(), "it died while it was needed")
	require.Equal(t, -1, p.servers[0].exit())

	// What it was handing over is another's when its lease has ended.
	_, err := p.app.DB.ExecContext(t.Context(), "UPDATE checkin_outbox_heads SET due_at = now(), lease_until = now() WHERE lease_until IS NOT NULL")
	require.NoError(t, err)
	p.relayed(bookings)
	p.servers[1].do(http.StatusOK, "GET", "/readyz", nil)
}

// four starts as many replicas at once on an empty database, kills the first
// when the query first counts something, and waits for the others.
func four(t *testing.T, kill string, env []string, args ...string) (db *sql.DB, url string) {
	t.Helper()
	url = dbtest.URL(t, bunx.Postgres)
	db, _, err := sqldb.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	args = append(args, "-db", url)
	replicas := make([]*process, 4)
	for i := range replicas {
		replicas[i] = startServer(t, t.TempDir(), "localhost", env, args...)
	}
	until(t, "the replicas have begun", func() bool {
		var n int
		return db.QueryRowContext(t.Context(), kill).Scan(&n) == nil && n > 0
	})
	replicas[0].signal(syscall.SIGKILL)
	require.Equal(t, -1, replicas[0].exit())
	for _, r := range replicas[1:] {
		r.ready()
	}
	startServer(t, t.TempDir(), "localhost", env, args...).ready() // and so does one that comes in its place
	return db, url
}

func TestFourReplicasStartAtOnceOnAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	args, env := tenantsFile(t, "8080")
	db, _ := four(t, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'", env, args...)
	require.Equal(t, 1, countRows(t, db, "SELECT count(*) FROM checkin_keys"), "one signing key")
	app := &App{DB: db, Dialect: bunx.Postgres}
	require.NoError(t, app.checkSchema(t.Context()))
}

func TestFourReplicasMakeOneDemo(t *testing.T) {
	t.Parallel()
	db, url := four(t, "SELECT count(*) FROM booking_bookings", nil, "-demo", "on")
	all := func() (counts []int) {
		for _, table := range []string{
			"booking_bookings", "booking_slots", "booking_venues", "booking_resources", "booking_packages", "account_customers",
			"account_operators", "checkin_bookings", "checkin_keys",
		} {
			counts = append(counts, countRows(t, db, "SELECT count(*) FROM "+table))
		}
		return counts
	}
	before := all()
	require.NotContains(t, before, 0)
	// Seeding again adds what is missing: nothing.
	app := newTestApp(t, Options{DB: url, Demo: "auto"})
	made, err := app.settings.Get(t.Context(), "demo_made_at")
	require.NoError(t, err)
	at, err := time.Parse(time.RFC3339, made)
	require.NoError(t, err)
	require.NoError(t, demo.Seed(t.Context(), demo.Target{Engine: app.Engine, Accounts: app.Accounts, Now: at, Seed: 1, Share: smallDemo}))
	require.Equal(t, before, all())
}
