package portal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

func TestNewWantsItsSource(t *testing.T) {
	t.Parallel()
	_, err := portal.New(portal.Sources{}, portal.Config{})
	require.ErrorIs(t, err, portal.ErrInvalid)
	svc, err := portal.New(portal.Sources{Bookings: portaltest.NewBookings()}, portal.Config{})
	require.NoError(t, err)
	page, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.Upcoming})
	require.NoError(t, err, "the zero Config works")
	require.Equal(t, portal.Page{Items: []portal.View{}}, page)
}

func TestListReadsABucketPageByPage(t *testing.T) {
	t.Parallel()
	svc, _ := newService(t, full(5))
	for bucket, want := range map[portal.Bucket][]string{
		portal.Upcoming:  {"up-000", "up-001", "up-002", "up-003", "up-004"},
		portal.History:   {"past-000", "past-001", "past-002", "past-003", "past-004"},
		portal.Cancelled: {"gone-000", "gone-001", "gone-002", "gone-003", "gone-004"},
	} {
		first, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: bucket, Limit: 3})
		require.NoError(t, err)
		require.Equal(t, want[:3], idsOf(first))
		require.NotEmpty(t, first.Next)
		second, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: bucket, Limit: 2, Cursor: first.Next})
		require.NoError(t, err)
		require.Equal(t, want[3:], idsOf(second))
		require.Empty(t, second.Next, "a last page that is just full has no next")
	}
}

func TestListTakesFiftyByDefaultAndAHundredAtMost(t *testing.T) {
	t.Parallel()
	svc, _ := newService(t, full(120))
	for limit, want := range map[int]int{0: 50, 1: 1, 50: 50, 100: 100} {
		page, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.History, Limit: limit})
		require.NoError(t, err)
		require.Len(t, page.Items, want)
		require.NotEmpty(t, page.Next)
	}
	for _, limit := range []int{-1, 101, 1000} {
		_, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.History, Limit: limit})
		require.ErrorIs(t, err, portal.ErrInvalid)
	}
}

func TestListShowsWhatIsAllowedNow(t *testing.T) {
	t.Parallel()
	m := portaltest.NewBookings()
	for i := range 2 {
		m.Put(alice, booking(fmt.Sprint(i), portal.StatusConfirmed, time.Hour))
	}
	svc, c := newService(t, m)
	first, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.Upcoming, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, portal.Actions(first.Items[0].Booking, now), first.Items[0].Actions)
	require.True(t, first.Items[0].Actions[1].Allowed)

	c.at = now.Add(90 * time.Minute)
	second, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.Upcoming, Cursor: first.Next})
	require.NoError(t, err)
	require.Equal(t, portal.ReasonStarted, second.Items[0].Actions[1].Reason, "actions are judged now, not when the list was opened")
}

func TestListStaysSteadyWhileTimePasses(t *testing.T) {
	t.Parallel()
	for _, bucket := range []portal.Bucket{portal.Upcoming, portal.History} {
		m := full(6)
		svc, c := newService(t, m)
		want, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: bucket})
		require.NoError(t, err)
		var got []string
		for r := (portal.ListRequest{Bucket: bucket, Limit: 2}); ; {
			page, err := svc.List(t.Context(), alice, r)
			require.NoError(t, err)
			got = append(got, idsOf(page)...)
			if r.Cursor = page.Next; r.Cursor == "" {
				break
			}
			c.at = c.at.Add(3 * time.Hour) // bookings go over from upcoming to history
		}
		require.Equal(t, idsOf(want), got, "bucket %s", bucket)
	}
}

func TestListRefusesCursorsThatItDidNotHandOut(t *testing.T) {
	t.Parallel()
	svc, _ := newService(t, full(5))
	page, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.History, Limit: 2})
	require.NoError(t, err)
	forged := func(kind string, p httpx.Position) string { return httpx.EncodeCursor(kind, p) }
	for name, cursor := range map[string]string{
		"another bucket's":   forged("portal.cancelled", httpx.Position{At: now, ID: "a", AsOf: now}),
		"another list's":     forged("checkin.day", httpx.Position{At: now, ID: "a", AsOf: now}),
		"one without moment": forged("portal.history", httpx.Position{At: now, ID: "a"}),
		"one without place":  forged("portal.history", httpx.Position{ID: "a", AsOf: now}),
		"one without id":     forged("portal.history", httpx.Position{At: now, AsOf: now}),
		"one with a key":     forged("portal.history", httpx.Position{At: now, ID: "a", AsOf: now, Key: "k"}),
		"one with a number":  forged("portal.history", httpx.Position{At: now, ID: "a", AsOf: now, N: 1}),
		"one with a long id": forged("portal.history", httpx.Position{At: now, ID: strings.Repeat("a", 65), AsOf: now}),
		"a cut one":          page.Next[:len(page.Next)-2],
		"a longer one":       page.Next + "AA",
		"an offset":          "50",
		"no base64":          "%%%",
	} {
		_, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.History, Cursor: cursor})
		require.ErrorIs(t, err, portal.ErrBadCursor, name)
		require.ErrorIs(t, err, portal.ErrInvalid, name)
	}
	_, err = svc.List(t.Context(), alice, portal.ListRequest{Bucket: "past"})
	require.ErrorIs(t, err, portal.ErrUnknownBucket)
	_, err = svc.List(t.Context(), alice, portal.ListRequest{})
	require.ErrorIs(t, err, portal.ErrUnknownBucket)
}

func TestACursorShowsOthersOnlyTheirOwn(t *testing.T) {
	t.Parallel()
	m := full(5)
	m.Put(bob, booking("bobs", portal.StatusCompleted, -1000*time.Hour))
	svc, _ := newService(t, m)
	page, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.History, Limit: 2})
	require.NoError(t, err)
	got, err := svc.List(t.Context(), bob, portal.ListRequest{Bucket: portal.History, Cursor: page.Next})
	require.NoError(t, err)
	require.Equal(t, []string{"bobs"}, idsOf(got))
}

func TestBooking(t *testing.T) {
	t.Parallel()
	m := full(2)
	svc, _ := newService(t, m)
	got, err := svc.Booking(t.Context(), alice, "up-001")
	require.NoError(t, err)
	require.Equal(t, "up-001", got.ID)
	require.Equal(t, portal.Actions(got.Booking, now), got.Actions)
	for name, c := range map[string]struct {
		key portal.CustomerKey
		id  string
	}{
		"a random id":        {alice, "nothing"},
		"another customer's": {bob, "up-001"},
		"another tenant's":   {portal.CustomerKey{TenantID: "pin", CustomerID: "alice"}, "up-001"},
		"no id":              {alice, ""},
		"an id too long":     {alice, strings.Repeat("x", 65)},
		"an id with NUL":     {alice, "up-001\x00"},
	} {
		_, err := svc.Booking(t.Context(), c.key, c.id)
		require.Equal(t, portal.ErrNotFound, err, name)
	}
}

func TestVerbsRefuseACustomerThatCannotBe(t *testing.T) {
	t.Parallel()
	svc, _ := newService(t, full(1))
	for _, key := range []portal.CustomerKey{{}, {TenantID: "boule"}, {CustomerID: "alice"}, {TenantID: "boule", CustomerID: "a\x00"}} {
		_, err := svc.List(t.Context(), key, portal.ListRequest{Bucket: portal.Upcoming})
		require.ErrorIs(t, err, portal.ErrInvalid)
		_, err = svc.Booking(t.Context(), key, "up-000")
		require.ErrorIs(t, err, portal.ErrInvalid)
	}
}

func TestASourceThatBreaksItsContractIsNotBelieved(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*portal.Booking){
		"another tenant's booking": func(b *portal.Booking) { b.TenantID = "pin" },
		"no id":                    func(b *portal.Booking) { b.ID = "" },
		"no zone":                  func(b *portal.Booking) { b.Venue.Zone = nil },
		"the server's zone":        func(b *portal.Booking) { b.Venue.Zone = time.Local },
		"an empty slot":            func(b *portal.Booking) { b.EndsAt = b.StartsAt },
		"an unknown state":         func(b *portal.Booking) { b.Status = "LOST" },
	} {
		b := booking("b", portal.StatusConfirmed, time.Hour)
		spoil(&b)
		svc, _ := newService(t, stub{rows: []portal.Booking{b}})
		_, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.Upcoming})
		require.ErrorIs(t, err, portal.ErrSource, name)
		_, err = svc.Booking(t.Context(), alice, "b")
		require.ErrorIs(t, err, portal.ErrSource, name)
	}
	svc, _ := newService(t, stub{rows: []portal.Booking{booking("other", portal.StatusConfirmed, time.Hour)}})
	_, err := svc.Booking(t.Context(), alice, "b")
	require.ErrorIs(t, err, portal.ErrSource, "another booking than was asked for")
}

func TestErrorsOfTheSourceComeThrough(t *testing.T) {
	t.Parallel()
	lost := errors.New("connection lost")
	svc, _ := newService(t, stub{err: lost})
	_, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.Upcoming})
	require.ErrorIs(t, err, lost)
	_, err = svc.Booking(t.Context(), alice, "b")
	require.ErrorIs(t, err, lost)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	svc, _ = newService(t, full(1))
	_, err = svc.List(ctx, alice, portal.ListRequest{Bucket: portal.Upcoming})
	require.ErrorIs(t, err, context.Canceled)
}

// spy is a source that remembers what it was asked.
type spy struct {
	portal.Bookings
	asked []portal.PageQuery
}

func (s *spy) Page(ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
	s.asked = append(s.asked, q)
	return s.Bookings.Page(ctx, q)
}

func TestTheSourceIsAskedAsOfOneMomentForOneBookingMore(t *testing.T) {
	t.Parallel()
	source := &spy{Bookings: full(5)}
	svc, c := newService(t, source)
	c.at = now.In(stockholm).Add(1999) // nanoseconds
	page, err := svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.Upcoming, Limit: 2})
	require.NoError(t, err)
	c.at = c.at.Add(time.Minute)
	_, err = svc.List(t.Context(), alice, portal.ListRequest{Bucket: portal.Upcoming, Limit: 3, Cursor: page.Next})
	require.NoError(t, err)
	asOf := now.Add(time.Microsecond) // in UTC
	require.Equal(t, []portal.PageQuery{
		{Customer: alice, Bucket: portal.Upcoming, AsOf: asOf, Limit: 3},
		{Customer: alice, Bucket: portal.Upcoming, AsOf: asOf, Limit: 4, After: page.Items[1].Position()},
	}, source.asked)
}
