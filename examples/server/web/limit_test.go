package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
)

// tables opens a hall with as many tables as a test can fill.
func (w *world) tables() *world {
	w.t.Helper()
	for i := range 30 {
		require.NoError(w.t, w.engine.PutResource(w.t.Context(), booking.Resource{
			TenantID: "klotet", VenueID: "soder", ID: fmt.Sprintf("table-%d", i), Name: fmt.Sprintf("Bord %d", i), Kind: booking.Table, Capacity: 4,
		}))
	}
	return w
}

// table is the form of a table for two.
func (w *world) table(key, email string) url.Values {
	return url.Values{
		"venue": {"soder"}, "party": {"2"}, "hours": {"1"}, "at": {w.at(19).UTC().Format(time.RFC3339)}, "key": {key},
		"name": {"Kim Ek"}, "email": {email},
	}
}

func TestOneClientBooksTenTimesAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish().tables()
	v := w.visitor()
	address := func(i int) string { return fmt.Sprintf("guest-%d@example.com", i) }
	for i := range account.BookingsPerClient {
		res, _ := v.send("/book/table/done", w.table(fmt.Sprint(i), address(i)))
		require.Equal(t, http.StatusSeeOther, res.StatusCode)
	}
	res, page := v.send("/book/table/done", w.table("over", address(90)))
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Equal(t, "3600", res.Header.Get("Retry-After"))
	require.Contains(t, page, "Wait 60 minutes")
	kept, _ := formOf(t, page, "/book/table/done", "key")
	require.Equal(t, w.table("over", address(90)), kept, "nothing of it is lost")
	require.Contains(t, page, `href="/login?back=%2Fbook%2Ftable%2Fconfirm%3F`)
	require.Len(t, w.live("soder"), account.BookingsPerClient)
	_, err := w.accounts.CustomerByEmail(t.Context(), "klotet", address(90))
	require.ErrorIs(t, err, account.ErrNotFound, "who got no booking isn't kept")

	res, _ = v.send("/book/table/done", w.table("0", address(0)))
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "a second click meets its own booking")
	res, _ = w.visitor().signIn(guest, account.KindCustomer).send("/book/table/done", w.table("in", ""))
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "who has signed in is somebody")
	res, _ = w.visitor().signIn(staff, account.KindOperator).send("/book/table/done", w.table("staff", address(91)))
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "staff books for others")
	*w.now = w.now.Add(account.LimitWindow)
	res, _ = v.send("/book/table/done", kept)
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "the hour is over")
}

func TestAnAddressHasFourOpenBookingsUnlessItSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish().tables()
	v := w.visitor()
	w.order(19, func(r *booking.Request) { r.CustomerID = w.customer(guest).CustomerID })
	for i := range 4 {
		res, _ := v.send("/book/table/done", w.table(fmt.Sprint(i), guest))
		require.Equal(t, http.StatusSeeOther, res.StatusCode, "what was booked by telephone doesn't count")
	}
	res, page := v.send("/book/table/done", w.table("over", strings.ToUpper(guest)))
	require.Equal(t, http.StatusTooManyRequests, res.StatusCode)
	require.Contains(t, page, "already has several bookings to come")
	kept, _ := formOf(t, page, "/book/table/done", "key")
	require.Equal(t, w.table("over", strings.ToUpper(guest)), kept)
	res, _ = v.send("/book/table/done", w.table("3", guest))
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "a second click meets its own booking")

	_, err := w.engine.Cancel(t.Context(), w.live("soder")[0].Key(), "changed their mind")
	require.NoError(t, err)
	res, _ = v.send("/book/table/done", kept)
	require.Equal(t, http.StatusSeeOther, res.StatusCode, "one fewer is open")
	res, _ = v.signIn(guest, account.KindCustomer).send("/book/table/done", w.table("in", ""))
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
}

func TestABookingThatFailsLeavesNobodyBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	order := w.visitor().confirmPage("")
	w.order(19, nil)
	w.order(19, nil)
	order.Set("name", "Kim")
	order.Set("email", guest)
	for range 2 * account.BookingsPerClient {
		res, _ := w.visitor().send("/book/lane/done", order)
		require.Equal(t, http.StatusConflict, res.StatusCode, "what isn't booked isn't counted")
	}
	_, err := w.accounts.CustomerByEmail(t.Context(), "klotet", guest)
	require.ErrorIs(t, err, account.ErrNotFound)
}

func TestANameIsANameOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	order := v.confirmPage("")
	order.Set("email", guest)
	for _, name := range []string{"Win at evil.example/x", "http:evil", "me@evil.example", "<b>Kim", "Kim>", "Kim\nEk", "Kim\u202eEk"} {
		order.Set("name", name)
		res, page := v.send("/book/lane/done", order)
		require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode, "%q", name)
		require.Contains(t, page, "Leave slashes, colons", "%q", name)
		require.Contains(t, page, `id="name-error"`, "%q", name)
	}
	require.Empty(t, w.live("norr"))
}
