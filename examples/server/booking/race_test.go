package booking_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// together runs f in n goroutines that start as one, and returns their errors.
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

// count returns how many succeeded; any error but want fails the test.
func count(t *testing.T, errs []error, want error) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
		} else {
			require.ErrorIs(t, err, want)
		}
	}
	return n
}

func TestTwoHundredBookingsOfTheLastLaneMakeOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		kept := h.book(t, "two", func(r *booking.Request) { r.ResourceCount = 2 })
		got := make([]booking.Booking, 200)
		errs := together(200, func(i int) (err error) {
			got[i], err = h.Book(t.Context(), h.request(fmt.Sprint("race-", i)))
			return err
		})
		require.Equal(t, 1, count(t, errs, booking.ErrUnavailable))
		for i, err := range errs {
			if err == nil {
				require.Equal(t, []string{"lane-3"}, got[i].Resources)
				units, _ := owned(kept, got[i])
				sold, _ := h.sold(t)
				require.Equal(t, units, sold)
			}
		}
	})
}

func TestTwoHundredRequestsUnderOneKeyMakeOneBooking(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		got := make([]booking.Booking, 200)
		errs := together(200, func(i int) (err error) {
			got[i], err = h.Book(t.Context(), h.request("same"))
			return err
		})
		require.Equal(t, 200, count(t, errs, nil))
		for _, b := range got {
			require.Equal(t, got[0].ID, b.ID)
		}
		units, _ := owned(got[0])
		sold, _ := h.sold(t)
		require.Equal(t, units, sold)
	})
}

func TestLanesAreSoldOutInARace(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 9 {
			require.NoError(t, h.PutResource(t.Context(), booking.Resource{
				TenantID: h.tenant, VenueID: "hornstull", ID: fmt.Sprint("more-", i), Name: "More", Kind: booking.Lane, Capacity: 6,
			}))
		}
		// Of 12 lanes, 40 ask for one or two each: every lane goes.
		got := make([]booking.Booking, 40)
		errs := together(40, func(i int) (err error) {
			r := h.request(fmt.Sprint("race-", i))
			r.ResourceCount = 1 + i%2
			got[i], err = h.Book(t.Context(), r)
			return err
		})
		count(t, errs, booking.ErrUnavailable)
		lanes := map[string]bool{}
		for _, b := range got {
			for _, id := range b.Resources {
				require.False(t, lanes[id], "%s is sold twice", id)
				lanes[id] = true
			}
		}
		require.Len(t, lanes, 12)
	})
}

func TestTheLastSeatsOfAnEventAreSoldOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		errs := together(50, func(i int) error {
			r := h.request(fmt.Sprint("race-", i))
			r.Kind, r.PartySize = booking.Event, 3
			_, err := h.Book(t.Context(), r)
			return err
		})
		require.Equal(t, 3, count(t, errs, booking.ErrUnavailable))
		_, seats := h.sold(t)
		require.Equal(t, 9, seats)
	})
}

func TestMovesPastOneAnotherDontDeadlock(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		bookings := []booking.Booking{
			h.book(t, "a", nil), h.book(t, "b", nil),
			h.book(t, "c", func(r *booking.Request) { r.StartsAt = at19.Add(2 * time.Hour) }),
			h.book(t, "d", func(r *booking.Request) { r.StartsAt = at19.Add(2 * time.Hour) }),
		}
		errs := together(40, func(i int) error {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			_, err := h.Move(t.Context(), bookings[i%4].Key(), booking.Place{
				StartsAt: at19.Add(time.Duration(r.IntN(5)) * booking.Unit), ResourceCount: 1 + r.IntN(2),
			})
			return err
		})
		count(t, errs, booking.ErrUnavailable)
		for i, b := range bookings {
			var err error
			bookings[i], err = h.Get(t.Context(), b.Key())
			require.NoError(t, err)
		}
		units, _ := owned(bookings...)
		sold, _ := h.sold(t)
		require.Equal(t, units, sold)
	})
}

func TestManyChangesOfOneBookingAllCount(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.book(t, "one", nil)
		errs := together(30, func(i int) error {
			_, err := h.ChangeHolder(t.Context(), b.Key(), fmt.Sprint("holder-", i))
			return err
		})
		require.NoError(t, errors.Join(errs...))
		got, err := h.Get(t.Context(), b.Key())
		require.NoError(t, err)
		require.EqualValues(t, 31, got.Revision)
		require.EqualValues(t, 31, got.HolderRevision)
	})
}
