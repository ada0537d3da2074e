package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
)

// host signs a member of staff in.
func (w *world) host(email string) *visitor {
	w.t.Helper()
	return w.visitor().signIn(email, account.KindOperator)
}

// token is a booking's code, packed and in full.
func (w *world) token(b booking.Booking) checkin.Token {
	w.t.Helper()
	token, err := w.checkin.Issue(w.t.Context(), checkin.Key{TenantID: b.TenantID, BookingID: b.ID})
	require.NoError(w.t, err)
	return token
}

// scan sends the scan page's form with a code.
func (v *visitor) scan(venue, code, guests string) (*http.Response, string) {
	v.w.t.Helper()
	_, page := v.get("/console/checkin?venue=" + venue)
	values, _ := formOf(v.w.t, page, "/console/checkin", "nonce")
	values.Set("code", code)
	values.Set("guests", guests)
	return v.send("/console/checkin", values)
}

// arrived is how many of a booking's party the door has let in.
func (w *world) arrived(b booking.Booking) int {
	w.t.Helper()
	state, err := w.checkin.Booking(w.t.Context(), checkin.Key{TenantID: b.TenantID, BookingID: b.ID})
	require.NoError(w.t, err)
	if !state.Admission.In() {
		return 0
	}
	return state.Admission.Guests
}

func (w *world) set(at time.Time) { *w.now = at }

func TestTheConsoleIsForStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	_, err := w.accounts.PutOperator(t.Context(), account.Operator{
		TenantID: "klotet", Email: "sue@klotet.example", Name: "Sue", Role: account.RoleSupport, Venues: []string{"norr"},
	})
	require.NoError(t, err)
	customer, support := w.visitor().signIn(guest, account.KindCustomer), w.host("sue@klotet.example")
	for _, c := range []struct {
		name   string
		who    *visitor
		method string
		path   string
		status int
	}{
		{"a stranger is asked to sign in", w.visitor(), "GET", "/console", http.StatusSeeOther},
		{"a customer", customer, "GET", "/console", http.StatusForbidden},
		{"a customer at the door", customer, "GET", "/console/checkin", http.StatusForbidden},
		{"a customer who scans", customer, "POST", "/console/checkin", http.StatusForbidden},
		{"a customer who undoes", customer, "POST", "/console/undo", http.StatusForbidden},
		{"support looks", support, "GET", "/console", http.StatusOK},
		{"support doesn't stand at the door", support, "GET", "/console/checkin", http.StatusForbidden},
		{"support lets nobody in", support, "POST", "/console", http.StatusForbidden},
		{"a host", w.host(hostNorth), "GET", "/console", http.StatusOK},
	} {
		res, page := c.who.do(c.method, c.path, map[bool]string{true: "venue=norr&code=x&nonce=n"}[c.method == "POST"])
		require.Equal(t, c.status, res.StatusCode, c.name)
		if c.status == http.StatusForbidden {
			require.Contains(t, page, "Not for you", c.name)
		}
	}
	w.order(19, nil)
	_, page := support.get("/console")
	require.NotContains(t, page, "Check in all", "who may not, isn't offered to")
}

func TestTonightListsTheVenuesServiceDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	first := w.order(19, nil)
	late := w.order(24, func(r *booking.Request) { r.PartySize = 2 })
	tomorrow := w.order(24+12, nil)
	south := w.order(19, func(r *booking.Request) { r.VenueID = "soder" })
	off := w.order(19, nil)
	_, err := w.engine.Cancel(t.Context(), off.Key(), "rain")
	require.NoError(t, err)
	w.order(15, func(r *booking.Request) { r.Channel, r.CustomerID, r.PartySize = booking.ChannelWalkIn, "", 3 })

	host := w.host(hostNorth)
	_, page := host.get("/console")
	require.Contains(t, page, "3 of 9 expected guests are here, 3 bookings")
	require.Less(t, strings.Index(page, first.Reference), strings.Index(page, late.Reference), "by time")
	require.Contains(t, page, "Cancelled")
	require.Contains(t, page, "Bana 1")
	require.NotContains(t, page, tomorrow.Reference)
	require.NotContains(t, page, south.Reference)
	require.NotContains(t, page, "<select", "one venue needs no choice")
	w.set(w.at(24 + 3))
	_, page = w.host(hostNorth).get("/console")
	require.Contains(t, page, late.Reference, "the day of business isn't over at midnight")

	owner := w.host(staff)
	_, page = owner.get("/console?venue=soder")
	require.Contains(t, page, south.Reference)
	require.Contains(t, page, "<select")
}

func TestALongEveningHasPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	var refs []string
	for i := range 60 {
		require.NoError(t, w.engine.PutResource(t.Context(), booking.Resource{
			TenantID: "klotet", VenueID: "norr", ID: fmt.Sprintf("more-%02d", i), Name: fmt.Sprintf("Bana %d", i+10), Kind: booking.Lane, Capacity: 6,
		}))
		refs = append(refs, w.order(15, nil).Reference)
	}
	host := w.host(hostNorth)
	_, one := host.get("/console")
	require.Contains(t, one, "0 of 240 expected guests")
	more := regexpFind(t, one, `href="(/console\?cursor=[^"]+)"`)
	_, two := host.get(strings.ReplaceAll(more, "&amp;", "&"))
	require.Contains(t, two, "0 of 240 expected guests", "the sum is the evening's on each page")
	for _, ref := range refs {
		code := `<span class="code">` + ref + `</span>`
		require.Equal(t, 1, strings.Count(one, code)+strings.Count(two, code), "each booking stands on one page")
	}
	// A check-in leads back to the page it was made from.
	values, _ := formOf(t, two, "/console", "Check in")
	_, page := host.send("/console", values)
	require.Contains(t, page, "4 of 240 expected guests")
	require.Equal(t, 9, strings.Count(page, "Check in all 4"))
	res, _ := host.get("/console?cursor=what")
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
}

func TestABookingIsCheckedInFromTheListAndTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	b := w.order(15, nil)
	host := w.host(hostNorth)
	_, page := host.get("/console")
	in, _ := formOf(t, page, "/console", "Check in")
	res, page := host.send("/console", in)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page, "Welcome in")
	require.Contains(t, page, "4 of 4 have arrived", "before the booking itself has heard of it")
	require.Contains(t, page, `<span class="badge good">Checked in</span>`)
	require.Equal(t, 4, w.arrived(b))

	res, page = host.send("/console", in)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page, "Welcome in", "a page that is sent again gets the first answer")
	require.Equal(t, 4, w.arrived(b))
	w.relay()

	undo, _ := formOf(t, page, "/console/undo", "undo")
	res, page = host.send("/console/undo", undo)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page, "Check-in undone.")
	require.Contains(t, page, "0 of 4 have arrived", "before the booking itself has heard of it")
	require.Zero(t, w.arrived(b))
	res, _ = host.send("/console/undo", undo)
	require.Equal(t, http.StatusOK, res.StatusCode, "once more changes nothing")
	w.relay()
	_, page = host.get("/console")
	require.Contains(t, page, "0 of 4 expected guests")

	// Somebody else has let them in again: that is not to be taken back unseen.
	host.scan("norr", b.Reference, "2")
	res, _ = host.send("/console/undo", undo)
	require.Equal(t, http.StatusConflict, res.StatusCode)
	require.Equal(t, 2, w.arrived(b))
	_, page = host.get("/console")
	another, _ := formOf(t, page, "/console", "One more in")
	host.send("/console", another)
	require.Equal(t, 3, w.arrived(b))
}

func TestEachScanHasItsVerdict(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	now := w.order(15, nil)
	soon, over, off := w.order(19, nil), w.order(16, nil), w.order(17, nil)
	south := w.order(15, func(r *booking.Request) { r.VenueID = "soder" })
	_, err := w.engine.Cancel(t.Context(), off.Key(), "rain")
	require.NoError(t, err)
	host := w.host(hostNorth)

	for _, c := range []struct {
		name, code, tone string
		want, not        []string
	}{
		{"a packed token", w.token(now).Packed, "good", []string{"Welcome in", "1 of 4 have arrived", "Bana", now.Reference, "Undo check-in"}, nil},
		{"the rest of the party, by the whole token", w.token(now).JWT, "warn", []string{"Already checked in", "2 of 4 have arrived", "15:00 by Nora"}, []string{"Undo check-in"}},
		{"a reference as people write it", " " + strings.ToLower(now.Reference[:3]) + "-" + now.Reference[3:], "warn", []string{"Already checked in", "3 of 4"}, nil},
		{"too early", w.token(soon).Packed, "warn", []string{"Too early", "tonight at 18:30", soon.Reference}, []string{"Undo"}},
		{"cancelled", off.Reference, "bad", []string{"Cancelled", off.Reference}, []string{"Undo"}},
		{"another venue", w.token(south).Packed, "bad", []string{"Wrong venue", "Klotet Söder", "15:00"}, []string{south.Reference, "have arrived"}},
		{"another venue's reference", south.Reference, "bad", []string{"No booking tonight has the reference " + south.Reference}, nil},
		{"garbage", "https://example.com/menu", "bad", []string{"Not a valid code"}, []string{"example.com/menu"}},
		{"a forged token", w.token(now).JWT[:len(w.token(now).JWT)-2] + "AA", "bad", []string{"Not a valid code"}, []string{now.Reference}},
		{"markup", "<script>alert(1)</script>", "bad", []string{"Not a valid code"}, []string{"alert(1)"}},
	} {
		res, page := host.scan("norr", c.code, "1")
		require.Equal(t, http.StatusOK, res.StatusCode, c.name)
		require.Contains(t, page, `<div class="verdict `+c.tone+`">`, c.name)
		for _, want := range c.want {
			require.Contains(t, page, want, c.name)
		}
		for _, not := range c.not {
			require.NotContains(t, page, not, c.name)
		}
	}
	w.set(w.at(18))
	_, page := w.host(hostNorth).scan("norr", w.token(over).Packed, "1")
	require.Contains(t, page, "Too late")

	moved := w.token(soon)
	_, err = w.engine.Move(t.Context(), soon.Key(), booking.Place{StartsAt: w.at(24 + 19), Duration: 2 * time.Hour})
	require.NoError(t, err)
	_, page = w.host(hostNorth).scan("norr", moved.Packed, "1")
	require.Contains(t, page, "It is now for Klotet Norr, tomorrow at 19:00.")
}

func regexpFind(t *testing.T, page, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(page)
	require.Len(t, found, 2, pattern)
	return found[1]
}

func TestAnotherTenantsTokenOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	require.NoError(t, w.checkin.Observe(t.Context(), checkin.Booking{
		TenantID: "klot", ID: "theirs", VenueID: "norr", Revision: 1, SlotRevision: 1, SlotRevisedAt: *w.now, Reference: "K7M2QX",
		StartsAt: w.at(15), EndsAt: w.at(17), Status: checkin.StatusConfirmed, PartySize: 4,
	}))
	theirs, err := w.checkin.Issue(t.Context(), checkin.Key{TenantID: "klot", BookingID: "theirs"})
	require.NoError(t, err)
	host := w.host(hostNorth)
	_, page := host.scan("norr", theirs.JWT, "1")
	require.Contains(t, page, `<div class="verdict bad">`)
	require.Contains(t, page, "Not our code")
	for _, code := range []string{theirs.Packed, "K7M2QX"} {
		_, page = host.scan("norr", code, "1")
		require.Contains(t, page, `<div class="verdict bad">`)
		require.NotContains(t, page, "theirs")
	}
}

func TestAHostHasOnlyTheirOwnVenue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	b := w.order(15, nil)
	north, south := w.host(hostNorth), w.host(hostSouth)
	_, page := north.scan("norr", b.Reference, "4")
	undo, _ := formOf(t, page, "/console/checkin/undo", "Undo")

	for _, path := range []string{"/console?venue=norr", "/console/checkin?venue=norr", "/console?venue=mars"} {
		res, _ := south.get(path)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
	scan := url.Values{"venue": {"norr"}, "code": {b.Reference}, "nonce": {"n1"}}
	for _, path := range []string{"/console", "/console/checkin"} {
		res, _ := south.send(path, scan)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
		res, _ = south.send(path+"/undo", undo)
		require.Equal(t, http.StatusNotFound, res.StatusCode, path)
	}
	undo.Set("venue", "soder") // their own venue, and another's booking
	res, _ := south.send("/console/checkin/undo", undo)
	require.Equal(t, http.StatusNotFound, res.StatusCode)
	own := w.order(15, func(r *booking.Request) { r.VenueID = "soder" })
	undo.Set("booking", own.ID) // their own booking, and another's scan
	res, _ = south.send("/console/checkin/undo", undo)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Equal(t, 4, w.arrived(b))
	_, page = south.scan("soder", w.token(b).Packed, "1")
	require.Contains(t, page, "Wrong venue")
}

func TestAScanSentAgainIsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	b := w.order(15, nil)
	host := w.host(hostNorth)
	_, page := host.get("/console/checkin")
	values, _ := formOf(t, page, "/console/checkin", "nonce")
	values.Set("code", w.token(b).Packed)
	values.Set("guests", "3")
	for range 2 {
		_, page := host.send("/console/checkin", values)
		require.Contains(t, page, "3 of 4 have arrived")
	}
	next, _ := formOf(t, page, "/console/checkin", "nonce")
	require.Empty(t, next.Get("code"), "ready for the next")
	require.Equal(t, "1", next.Get("guests"))

	_, page = host.send("/console/checkin", values)
	undo, _ := formOf(t, page, "/console/checkin/undo", "Undo")
	_, page = host.send("/console/checkin/undo", undo)
	require.Contains(t, page, "Check-in undone.")
	require.Zero(t, w.arrived(b))

	for _, other := range []string{"K7M2QX", w.order(15, nil).Reference} {
		values.Set("code", other)
		res, _ := host.send("/console/checkin", values)
		require.Equal(t, http.StatusConflict, res.StatusCode, "an old page, used for something else")
	}
	for name, value := range map[string]string{"guests": "-1", "nonce": ""} {
		old := values.Get(name)
		values.Set(name, value)
		res, _ := host.send("/console/checkin", values)
		require.Equal(t, http.StatusBadRequest, res.StatusCode, name)
		values.Set(name, old)
	}
	values.Set("code", " ")
	res, page := host.send("/console/checkin", values)
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Contains(t, page, "Scan or type a code.")
}

func TestAModuleGetsTheVerdictAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	b := w.order(15, nil)
	host := w.host(hostNorth)
	res, part := host.post("/console/checkin?fragment=1", "venue", "norr", "code", b.Reference, "nonce", "n1")
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NotContains(t, part, "<html")
	require.Contains(t, part, "Welcome in")
	res, part = w.visitor().post("/console/checkin?fragment=1", "venue", "norr", "code", b.Reference, "nonce", "n2")
	require.Equal(t, http.StatusUnauthorized, res.StatusCode)
	require.NotContains(t, part, b.Reference)
	_, part = w.visitor().get("/book/lane?venue=norr&party=2&hours=1&fragment=1")
	require.NotContains(t, part, "<html")
	require.NotEmpty(t, buttons(part, "at"))
}

func TestStaffWithoutAVenueIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	_, err := w.accounts.PutOperator(t.Context(), account.Operator{TenantID: "klotet", Email: "new@klotet.example", Role: account.RoleHost})
	require.NoError(t, err)
	host := w.host("new@klotet.example")
	for _, path := range []string{"/console", "/console/checkin"} {
		res, page := host.get(path)
		require.Equal(t, http.StatusOK, res.StatusCode)
		require.Contains(t, page, "There is no venue for you here yet.")
	}
	res, _ := host.post("/console/checkin", "code", "x", "nonce", "n")
	require.Equal(t, http.StatusNotFound, res.StatusCode)
}

func TestAnEveningWithoutBookings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	_, page := w.host(hostNorth).get("/console")
	require.Contains(t, page, "No bookings tonight")
}
