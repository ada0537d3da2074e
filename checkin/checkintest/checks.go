// Package checkintest holds the contracts of package checkin's stores as
// suites, for whoever implements one, and stores for the tests of hosts.
//
// [TestStores] is for all stores. [TestJoined] is for those that can be joined
// to a transaction of the host: what they write ends as it does, and it stays
// usable after the errors that the contract names.
package checkintest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// Check is one clause of the contract. Its name is the clause.
type Check struct {
	Name string
	Run  func(t testing.TB, stores checkin.Stores)
}

// TestStores runs every check against the stores that newStores makes, each
// with tenants of its own.
func TestStores(t *testing.T, newStores func(t testing.TB) checkin.Stores) {
	for _, check := range Checks() {
		t.Run(check.Name, func(t *testing.T) {
			t.Parallel()
			check.Run(t, newStores(t))
		})
	}
}

// NewStores returns migrated stores in a SQLite database of the test's own,
// with the pool they are in: a host's tests need no fake.
func NewStores(t testing.TB) (checkinbun.Stores, *sql.DB) {
	t.Helper()
	db := dbtest.Open(t, checkinbun.SQLite)
	require.NoError(t, checkinbun.Migrate(t.Context(), db, checkinbun.SQLite))
	return checkinbun.New(db, checkinbun.SQLite), db
}

// Checks returns the contract of all stores.
func Checks() []Check {
	var all []Check
	for _, part := range [][]Check{observeChecks, recordChecks, listChecks, keyChecks, customerChecks, outboxChecks, storeChecks} {
		all = append(all, part...)
	}
	return all
}

// noon is the moment at which the suite's bookings are made; it has
// nanoseconds that no store keeps and a zone that no store returns.
var noon = time.Date(2026, 11, 22, 13, 0, 0, 123456789, time.FixedZone("CET", 3600))

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func newTenant() string { return "t-" + strings.ToLower(rand.Text()) }

// booking returns a confirmed booking of a tenant.
func booking(tenant, id string) checkin.Booking {
	return checkin.Booking{
		TenantID: tenant, ID: id, VenueID: "venue", CustomerID: "customer", Revision: 3, SlotRevision: 2, HolderRevision: 1,
		SlotRevisedAt: noon, Reference: "ABC123", StartsAt: noon.Add(time.Hour), EndsAt: noon.Add(3 * time.Hour),
		Status: checkin.StatusConfirmed, PartySize: 4,
	}
}

// stored is the booking as a store returns it.
func stored(b checkin.Booking) checkin.Booking {
	b.SlotRevisedAt, b.StartsAt, b.EndsAt = micro(b.SlotRevisedAt), micro(b.StartsAt), micro(b.EndsAt)
	return b
}

func observe(t testing.TB, s checkin.Stores, bookings ...checkin.Booking) {
	t.Helper()
	for _, b := range bookings {
		_, err := s.Scans.Observe(t.Context(), b)
		require.NoError(t, err)
	}
}

// bookingIDs returns the ids of a list.
func bookingIDs(list []checkin.State) []string {
	var all []string
	for _, s := range list {
		all = append(all, s.Booking.ID)
	}
	return all
}

func attempt(b checkin.Booking, nonce string) checkin.Attempt {
	return checkin.Attempt{Key: b.Key(), Device: "door", Nonce: nonce, Digest: sha256.Sum256([]byte("token of " + b.ID))}
}

// admitting decides that the scan with the given id checks the booking in,
// unless somebody is in already.
func admitting(scanID string) func(checkin.State) (checkin.Outcome, error) {
	return func(s checkin.State) (checkin.Outcome, error) {
		out := checkin.Outcome{Admission: s.Admission, Scan: checkin.Scan{
			ID: scanID, VenueID: s.Booking.VenueID, Kind: checkin.ByToken, Rev: 2, Code: checkin.AlreadyCheckedIn,
			Guests: 1, At: noon, ReceivedAt: noon.Add(time.Second),
		}}
		if s.Admission.In() {
			out.Admission.Guests++
			return out, nil
		}
		out.Scan.Code = checkin.OK
		out.Admission = checkin.Admission{ScanID: scanID, At: noon, Device: "door", Guests: 1}
		out.Events = []checkin.Event{{
			TenantID: s.Booking.TenantID, ID: "event-" + scanID, Subject: s.Booking.ID, Kind: checkin.EventAdmitted,
			At: noon, Data: []byte(`{"n":1}`),
		}}
		return out, nil
	}
}

// record is a Record that must succeed.
func record(t testing.TB, s checkin.Stores, b checkin.Booking, nonce, scanID string) (checkin.Scan, checkin.State) {
	t.Helper()
	scan, state, err := s.Scans.Record(t.Context(), attempt(b, nonce), admitting(scanID))
	require.NoError(t, err)
	return scan, state
}

// together runs f n times at once and returns the errors.
func together(n int, f func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	wg.Wait()
	return errs
}

// cancelled returns a context that has ended.
func cancelled(t testing.TB) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
