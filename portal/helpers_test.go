package portal_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

var (
	now   = time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC)
	alice = portal.CustomerKey{TenantID: "boule", CustomerID: "alice"}
	bob   = portal.CustomerKey{TenantID: "boule", CustomerID: "bob"}

	stockholm = zone("Europe/Stockholm")
)

func zone(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return z
}

// booking is one of two hours, that starts so long after now.
func booking(id string, status portal.Status, starts time.Duration) portal.Booking {
	return portal.Booking{
		TenantID: alice.TenantID, ID: id, Reference: "K7M2QX", Venue: portal.Venue{ID: "sodermalm", Name: "Södermalm", Zone: stockholm},
		ResourceType: portal.ResourceLane, Resources: []string{"Bana 3"}, PartySize: 6,
		StartsAt: now.Add(starts), EndsAt: now.Add(starts + 2*time.Hour), Status: status,
		Price: portal.Money{Amount: 34500, Currency: "SEK"},
	}
}

// clock is a clock that tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newService(t testing.TB, source portal.Bookings) (*portal.Service, *clock) {
	t.Helper()
	c := &clock{now}
	svc, err := portal.New(portal.Sources{Bookings: source}, portal.Config{Now: c.now})
	require.NoError(t, err)
	return svc, c
}

// full is a source with n bookings of alice's in each bucket, b-000 first.
func full(n int) *portaltest.Bookings {
	m := portaltest.NewBookings()
	for i := range n {
		at := time.Duration(i+1) * time.Hour
		m.Put(alice, booking(fmt.Sprintf("up-%03d", i), portal.StatusConfirmed, at))
		m.Put(alice, booking(fmt.Sprintf("past-%03d", i), portal.StatusCompleted, -at-2*time.Hour))
		m.Put(alice, booking(fmt.Sprintf("gone-%03d", i), portal.StatusCancelled, -at))
	}
	return m
}

// stub is a source that answers the same always.
type stub struct {
	rows []portal.Booking
	err  error
}

func (s stub) Page(context.Context, portal.PageQuery) ([]portal.Booking, error) { return s.rows, s.err }

func (s stub) Booking(context.Context, portal.CustomerKey, string) (portal.Booking, error) {
	if s.err != nil {
		return portal.Booking{}, s.err
	}
	return s.rows[0], nil
}

func idsOf(page portal.Page) []string {
	out := make([]string, len(page.Items))
	for i, v := range page.Items {
		out[i] = v.ID
	}
	return out
}
