package portaltest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/portal"
)

// Harness is a source with the means to fill it. Each check takes a fresh one,
// but they may share a database: the checks look at their own customers only.
type Harness struct {
	// Bookings is the source under test. Required.
	Bookings portal.Bookings
	// Put makes a booking of a customer, under a verified address, and returns
	// it as the source has to return it. Status, StartsAt and EndsAt must be
	// kept, in UTC and to the microsecond (or coarser, where the host's own
	// times are); everything else may be the host's own: its ids, its venues,
	// its prices. Required.
	Put func(t testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking
	// PutUnverified makes a booking of a customer's under an address that isn't
	// verified, and returns it as Put does. Default none: a host on which there can be no such booking.
	PutUnverified func(t testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking
	// NewCustomer returns a customer without bookings, of one of two tenants:
	// those of the same number (0 or 1) belong to the same tenant. Default new
	// ids, the same in both tenants in turn.
	NewCustomer func(t testing.TB, tenant int) portal.CustomerKey
}

// TestBookings runs every check as a subtest, each with a harness of its own.
func TestBookings(t *testing.T, open func(t testing.TB) Harness) {
	for _, c := range Checks() {
		t.Run(c.Name, func(t *testing.T) { c.Run(t, open(t)) })
	}
}

// Check is one clause of the contract. Its name is the clause.
type Check struct {
	Name string
	Run  func(t testing.TB, h Harness)
}

// Checks returns the contract of [portal.Bookings], clause by clause.
func Checks() []Check {
	return []Check{
		{"every booking is in exactly the bucket that its status and end say", eachInItsBucket},
		{"AsOf alone decides and no clock", asOfDecides},
		{"upcoming is soonest first and the others newest first", order},
		{"equal start times are ordered by the bytes of the id", equalStarts},
		{"pages of any size neither repeat nor skip a booking", pages},
		{"pages stay steady while bookings are made", pagesUnderInsertion},
		{"a page has no more than its limit and no fewer without need", limit},
		{"a page begins after a place also when nothing stands there", emptyPlace},
		{"a customer without bookings has empty buckets", empty},
		{"a booking comes back as it was made", fidelity},
		{"an id that no booking has is not found", unknownIDs},
		{"another customer's bookings are not there", otherCustomer},
		{"another tenant's bookings are not there", otherTenant},
		{"bookings under an unverified address are not there", unverified},
		{"what comes out is the caller's to change", sharing},
		{"a context that has ended is an error", endedContext},
	}
}

// moment is the AsOf of most checks; far from any clock, so that a source that
// reads one is found out.
var moment = time.Date(2031, 3, 1, 18, 0, 0, 0, time.UTC)

// rig is a harness with what the checks ask of it all the time.
type rig struct {
	testing.TB
	Harness
	tenants [2]string
	twin    string
}

func newRig(t testing.TB, h Harness) *rig {
	t.Helper()
	require.NotNil(t, h.Bookings, "Harness.Bookings is missing")
	require.NotNil(t, h.Put, "Harness.Put is missing")
	return &rig{TB: t, Harness: h, tenants: [2]string{ids.New(), ids.New()}}
}

func (r *rig) customer(tenant int) portal.CustomerKey {
	r.Helper()
	if r.NewCustomer != nil {
		return r.NewCustomer(r, tenant)
	}
	id := ids.New()
	if tenant == 1 && r.twin != "" {
		id = r.twin // the same person's id in another tenant is another's all the same
	}
	if tenant == 0 {
		r.twin = id
	}
	return portal.CustomerKey{TenantID: r.tenants[tenant], CustomerID: id}
}

// put makes a booking that starts and ends so long after the moment.
func (r *rig) put(owner portal.CustomerKey, status portal.Status, starts, ends time.Duration) portal.Booking {
	r.Helper()
	return r.Put(r, owner, sample(owner, status, starts, ends))
}

func sample(owner portal.CustomerKey, status portal.Status, starts, ends time.Duration) portal.Booking {
	zone, err := time.LoadLocation("Europe/Stockholm")
	if err != nil {
		zone = time.UTC // a machine without zones
	}
	return portal.Booking{
		TenantID: owner.TenantID, ID: ids.New(), Reference: "K7M2QX", Venue: portal.Venue{ID: "venue-1", Name: "Åkes Klotet", Zone: zone},
		ResourceType: portal.ResourceLane, Resources: []string{"Bana 1", "Bana 2"}, ColorType: "blue", PartySize: 6,
		Package:  &portal.Package{ID: "package-1", Name: "Charcuterie"},
		StartsAt: moment.Add(starts), EndsAt: moment.Add(ends), Status: status,
		Price: portal.Money{Amount: 34500, Currency: "SEK"}, ChangesUntil: moment.Add(starts - 24*time.Hour),
	}
}

func (r *rig) page(q portal.PageQuery) []portal.Booking {
	r.Helper()
	rows, err := r.Bookings.Page(r.Context(), q)
	require.NoError(r, err)
	return rows
}

// all returns a bucket in one page.
func (r *rig) all(owner portal.CustomerKey, bucket portal.Bucket, asOf time.Time) []portal.Booking {
	r.Helper()
	return r.page(portal.PageQuery{Customer: owner, Bucket: bucket, AsOf: asOf, Limit: 101})
}

func idsOf(rows []portal.Booking) []string {
	out := make([]string, len(rows))
	for i, b := range rows {
		out[i] = b.ID
	}
	return out
}
