package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/portal"
)

func TestWhoIsNotSignedInIsAskedToAndLedBack(t *testing.T) {
	t.Parallel()
	v := newWorld(t, evening).visitor()
	res, _ := v.get("/account/bookings?bucket=history")
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, "/login?back=%2Faccount%2Fbookings%3Fbucket%3Dhistory", res.Header.Get("Location"))
	_, body := v.get(res.Header.Get("Location"))
	require.Contains(t, body, "take you on to the page you wanted")

	// A module is told, since it would take the sign-in page for a list.
	res, _ = v.get("/account/bookings?bucket=history&fragment=1")
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	// So is a program.
	res, body = v.do(http.MethodGet, "/account/bookings", "", "Accept", "application/json")
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.Contains(t, body, `"code":"unauthenticated"`)
}

var titles = regexp.MustCompile(`(?s)<a class="cover" href="/account/bookings/([^"]+)"`)

// ids returns the bookings on a page, in their order.
func ids(body string) []string {
	var all []string
	for _, m := range titles.FindAllStringSubmatch(body, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestEachBucketHasItsBookings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	me := w.customer(guest)
	w.book(me, "tonight", 0, nil)
	w.book(me, "later", 48, nil)
	w.book(me, "before", -48, completed)
	w.book(me, "off", 24, cancelled)
	w.book(w.customer("other@example.com"), "theirs", 0, nil)
	v := w.visitor().signIn(guest, account.KindCustomer)
	for query, want := range map[string][]string{
		"": {"tonight", "later"}, "?bucket=upcoming": {"tonight", "later"}, "?bucket=history": {"before"}, "?bucket=cancelled": {"off"},
	} {
		res, body := v.get("/account/bookings" + query)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, want, ids(body), query)
		require.Equal(t, 1, strings.Count(body, `class="tabs"`))
	}
	for _, query := range []string{"?bucket=all", "?bucket=", "?cursor=x", "?bucket=history&cursor=%00"} {
		res, _ := v.get("/account/bookings" + query)
		require.Equal(t, http.StatusBadRequest, res.StatusCode, query)
	}
}

func TestALongBucketIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	me := w.customer(guest)
	for i := range 101 {
		w.book(me, fmt.Sprintf("b%03d", i), -24, completed) // all at once: the id decides
	}
	v := w.visitor().signIn(guest, account.KindCustomer)
	more := regexp.MustCompile(`<p class="more"><a class="button quiet" href="([^"]+)"`)
	var seen []string
	path := "/account/bookings?bucket=history"
	for _, part := range []string{"", "&fragment=1", "&fragment=1"} {
		res, body := v.get(path + part)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Equal(t, part == "", strings.Contains(body, "<html"))
		require.Equal(t, len(seen) > 0, strings.Contains(body, "data-status="))
		seen = append(seen, ids(body)...)
		path = ""
		if m := more.FindStringSubmatch(body); m != nil {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	require.Empty(t, path)
	require.Len(t, seen, 101)
	require.Equal(t, "b100", seen[0])
	require.Equal(t, "b000", seen[100])
}

func TestAnEmptyBucketSaysWhatIsNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	v := w.visitor().signIn(guest, account.KindCustomer)
	for bucket, want := range map[string]string{"upcoming": "/book/lane", "history": "/book/lane", "cancelled": "/account/bookings"} {
		_, body := v.get("/account/bookings?bucket=" + bucket)
		require.Contains(t, body, `<div class="empty">`)
		require.Contains(t, body, `<a class="button" href="`+want+`">`)
	}
}

func TestABookingsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	me := w.customer(guest)
	w.book(me, "free", 48, nil)
	w.book(me, "late", 0, nil)
	w.book(me, "off", 48, cancelled)
	w.book(me, "past", -48, completed)
	w.book(me, "held", 48, func(b *portal.Booking) { b.Status = portal.StatusPending })
	w.book(me, "in", -3, func(b *portal.Booking) { b.Status = portal.StatusCheckedIn })
	v := w.visitor().signIn(guest, account.KindCustomer)
	for _, test := range []struct {
		id   string
		code bool
		says []string
	}{
		{"free", true, []string{"Check-in opens Sun 22 Nov at 17:30.", "Possible until tomorrow at 18:00", "Bana 3 and Bana 4", "SEK\u00a01,380", "Get in touch"}},
		{"late", true, []string{"Check-in opens tonight at 17:30.", "Move booking, cancel booking and change party size", "This was possible until yesterday at 18:00."}},
		{"off", false, []string{"its code no longer works", "The booking is already cancelled.", "Book again"}},
		{"past", false, []string{"Thanks for coming!", "The booking is over.", "/book/lane?party=6&amp;venue=sthlm"}},
		{"held", false, []string{"We&#39;re holding your place", "Cancel booking", "isn&#39;t confirmed yet"}},
		{"in", true, []string{"You&#39;re checked in", "already checked in. Talk to the staff"}},
	} {
		t.Run(test.id, func(t *testing.T) {
			res, body := v.get("/account/bookings/" + test.id)
			require.Equal(t, http.StatusOK, res.StatusCode)
			for _, text := range test.says {
				require.Contains(t, body, text)
			}
			require.Equal(t, test.code, strings.Contains(body, "qr.svg"))
			res, body = v.get("/account/bookings/" + test.id + "/qr.svg")
			if !test.code {
				require.Equal(t, http.StatusNotFound, res.StatusCode)
				return
			}
			require.Equal(t, http.StatusOK, res.StatusCode)
			require.Equal(t, "image/svg+xml", res.Header.Get("Content-Type"))
			require.Equal(t, "private, no-store", res.Header.Get("Cache-Control"))
			require.True(t, strings.HasPrefix(body, "<svg "))
		})
	}
}

func TestAnothersBookingLooksLikeNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	w.book(w.customer("other@example.com"), "theirs", 0, nil)
	w.book(portal.CustomerKey{TenantID: "klot", CustomerID: w.customer(guest).CustomerID}, "elsewhere", 0, nil)
	v := w.visitor().signIn(guest, account.KindCustomer)
	for _, part := range []string{"", "/qr.svg", "/calendar.ics"} {
		res, want := v.get("/account/bookings/never" + part)
		require.Equal(t, http.StatusNotFound, res.StatusCode)
		for _, id := range []string{"theirs", "elsewhere", strings.Repeat("x", 65)} {
			res, body := v.get("/account/bookings/" + id + part)
			require.Equal(t, http.StatusNotFound, res.StatusCode)
			require.Equal(t, want, strings.ReplaceAll(body, id, "never"))
		}
	}
}

func TestTheCalendarFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	me := w.customer(guest)
	w.book(me, "b1", 0, func(b *portal.Booking) { b.Venue.Name = "Ålborg, \nkvarter; " + strings.Repeat("å", 60) })
	w.book(me, "off", 0, cancelled)
	v := w.visitor().signIn(guest, account.KindCustomer)
	res, body := v.get("/account/bookings/b1/calendar.ics")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, "text/calendar; charset=utf-8", res.Header.Get("Content-Type"))
	require.Contains(t, body, "DTSTART:20261120T170000Z\r\nDTEND:20261120T190000Z\r\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\r\n"), "\r\n") {
		require.LessOrEqual(t, len(line), 75)
		require.NotContains(t, line, "\n")
	}
	whole := strings.ReplaceAll(body, "\r\n ", "")
	require.Contains(t, whole, `LOCATION:Ålborg\, \nkvarter\; `+strings.Repeat("å", 60)+"\r\n")
	require.Contains(t, whole, "URL:"+w.url("/account/bookings/b1")+"\r\n")
	res, _ = v.get("/account/bookings/off/calendar.ics")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

func TestTimesAreTheVenues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening)
	newYork, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	w.book(w.customer(guest), "far", 0, func(b *portal.Booking) { b.Venue.Zone = newYork })
	_, body := w.visitor().signIn(guest, account.KindCustomer).get("/account/bookings")
	require.Contains(t, body, `<time datetime="2026-11-20T12:00:00-05:00">Today <span class="nowrap">12:00–14:00</span>`)
}
