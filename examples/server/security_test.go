package main

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
)

// inTheirPlace returns the documented operation's path with ids, and what else
// it needs to be more than malformed, for a caller who may not have it.
func (o operation) inTheirPlace(t *testing.T, id string) (path, body string, headers []string) {
	t.Helper()
	path = strings.ReplaceAll(o.path, "{id}", id)
	if o.takes("venue") {
		path += "?venue=" + hall
	}
	switch o.OperationID {
	case "scan":
		body = scanBody(t, "K7M2QX", hall)
	case "makeBooking":
		body = bookingBody(t, hall, "nobody@example.com")
	}
	if o.takes("Idempotency-Key") {
		headers = []string{"Idempotency-Key", "k"}
	}
	return path, body, headers
}

func (o operation) customers() bool { return strings.HasPrefix(o.path, "/me/") }

func (o operation) operators() bool { return strings.HasPrefix(o.path, "/ops/") }

// guarded returns the operations that ask who the caller is.
func guarded(t *testing.T) []operation {
	t.Helper()
	k, err := documented()
	require.NoError(t, err)
	var all []operation
	for _, o := range k.operations() {
		if !o.open() {
			all = append(all, o)
		}
	}
	require.NotEmpty(t, all)
	return all
}

func TestWhoIsNobodyHereIsAskedToSignIn(t *testing.T) {
	t.Parallel()
	customer, owner := newCustomer(t, klotet), newStaff(t, klotet, account.RoleOwner)
	machine := newMachine(t, klotet, account.RoleOwner)
	booked := customer.book(hall)
	there := newClient(t, tumblepin).host
	gone, revoked, forged, swapped := newCustomer(t, klotet), newMachine(t, klotet, account.RoleOwner), newClient(t, klotet), newClient(t, klotet)
	require.NoError(t, gone.app.Accounts.SignOut(t.Context(), klotet, gone.cookie))
	require.NoError(t, revoked.app.Accounts.RevokeKey(t.Context(), account.Key{TenantID: klotet, ID: revoked.subject}))
	forged.cookie = klotet + ".AAAAAAAAAAAAAAAAAAAAAAAAAA"
	swapped.cookie = machine.key // no credential stands in for another
	renamed := newClient(t, tumblepin)
	renamed.cookie = strings.Replace(customer.cookie, klotet, tumblepin, 1)
	for _, c := range []struct {
		name   string
		client *client
	}{
		{"a visitor who isn't signed in", newClient(t, klotet)},
		{"a customer of another tenant", customer.at(there)},
		{"an owner of another tenant", owner.at(there)},
		{"an API key of another tenant", machine.at(there)},
		{"a cookie that names this tenant instead", renamed},
		{"a customer who has signed out", gone},
		{"an API key that was revoked", revoked},
		{"an invented cookie", forged},
		{"an API key as a cookie", swapped},
		{"a cookie as an API key", &client{site: customer.site, t: t, host: customer.host, addr: customer.addr, key: owner.cookie}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, o := range guarded(t) {
				path, body, headers := o.inTheirPlace(t, booked.ID)
				a := c.client.do(o.method, path, body, headers...)
				a.requireProblem(t, http.StatusUnauthorized, "unauthenticated")
				a.requireSilence(t, booked.ID, booked.Reference, customer.email, customer.subject, owner.email)
			}
		})
	}
}

func TestWhoIsAskedIsNobodyBeforeTheRequestIsRead(t *testing.T) {
	t.Parallel()
	for _, o := range guarded(t) {
		for name, body := range map[string]string{"nothing": "", "no JSON": "{", "a mebibyte": strings.Repeat(" ", 1<<20)} {
			a := newClient(t, klotet).do(o.method, strings.ReplaceAll(o.path, "{id}", "x"), body)
			require.Equal(t, http.StatusUnauthorized, a.status, "%s with %s: %s", o.OperationID, name, a.raw)
		}
	}
}

func TestCustomersAreNoStaffAndStaffAreNoCustomers(t *testing.T) {
	t.Parallel()
	customer, owner := newCustomer(t, klotet), newStaff(t, klotet, account.RoleOwner)
	booked := newCustomer(t, klotet).book(hall)
	support := newStaff(t, klotet, account.RoleSupport, hall)
	for _, o := range guarded(t) {
		path, body, headers := o.inTheirPlace(t, booked.ID)
		var wrong []*client
		switch {
		case o.operators() && o.method == "POST":
			wrong = []*client{customer, support}
		case o.operators():
			wrong = []*client{customer}
		case o.customers():
			wrong = []*client{owner}
		}
		for _, c := range wrong {
			a := c.do(o.method, path, body, headers...)
			a.requireProblem(t, http.StatusForbidden, "forbidden")
			a.requireSilence(t, booked.ID, booked.Reference)
		}
	}
}

func TestAnothersBookingIsTheSame404AsNone(t *testing.T) {
	t.Parallel()
	guest, other, foreign := newCustomer(t, klotet), newCustomer(t, klotet), newCustomer(t, tumblepin)
	theirs, cancelled, abroad := other.book(hall), other.book(hall), foreign.book(hall)
	_, err := other.app.Engine.Cancel(t.Context(), cancelled.Key(), "test")
	require.NoError(t, err)
	walkIn, err := other.app.Engine.Book(t.Context(), walkInAt(klotet, hall))
	require.NoError(t, err)
	for _, o := range guarded(t) {
		if !o.customers() || !strings.Contains(o.path, "{id}") {
			continue
		}
		none := guest.do(o.method, strings.ReplaceAll(o.path, "{id}", "0195f3a0-0000-7000-8000-000000000000"), "")
		none.requireProblem(t, http.StatusNotFound, "not_found")
		for name, id := range map[string]string{
			"another customer's": theirs.ID, "another customer's that was cancelled": cancelled.ID, "another tenant's": abroad.ID,
			"nobody's": walkIn.ID, "a reference": theirs.Reference, "too long": strings.Repeat("x", 65), "a NUL": "x%00", "a quote": "'%20OR%201=1",
		} {
			a := guest.do(o.method, strings.ReplaceAll(o.path, "{id}", id), "")
			require.Equal(t, none, a, "%s: %s", o.OperationID, name)
		}
		a := other.do(o.method, strings.ReplaceAll(o.path, "{id}", theirs.ID), "")
		require.Equal(t, http.StatusOK, a.status, "the holder is answered")
	}
}

func TestAListHoldsWhatIsTheCallersOnly(t *testing.T) {
	t.Parallel()
	guest, other := newCustomer(t, klotet), newCustomer(t, klotet)
	mine := guest.book(hall)
	for range 2 {
		other.book(hall)
	}
	page := other.get("/me/bookings?limit=1")
	cursor, _ := page.json["next"].(string)
	require.NotEmpty(t, cursor)
	// A cursor says where to go on, and never in whose list.
	for _, path := range []string{"/me/bookings", "/me/bookings?cursor=" + cursor} {
		for _, item := range guest.get(path).list() {
			require.Equal(t, mine.ID, item["id"], path)
		}
	}
	require.Len(t, guest.get("/me/bookings").list(), 1)
	require.Len(t, other.get("/me/bookings?cursor="+cursor).list(), 1)
}

func TestACursorIsRefusedOutsideItsList(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	guest, host := newCustomer(t, klotet), newStaff(t, klotet, account.RoleHost, hall)
	for range 2 {
		guest.book(hall)
	}
	next := func(c *client, path string) string {
		a := c.get(path)
		text, _ := a.json["next"].(string)
		require.NotEmpty(t, text, a.raw)
		return text
	}
	cursors := map[string]string{
		"upcoming": next(guest, "/me/bookings?limit=1"),
		"today":    next(host, "/ops/checkin/today?limit=1&venue="+hall),
		"day":      next(host, "/ops/bookings?limit=1&venue="+hall),
	}
	lists := map[string]string{"listMyBookings": "upcoming", "listToday": "today", "listVenueBookings": "day"}
	for _, o := range k.operations() {
		if !o.takes("cursor") {
			continue
		}
		c, path := host, o.path+"?venue="+hall
		if o.customers() {
			c, path = guest, o.path+"?bucket=upcoming"
		}
		own := cursors[lists[o.OperationID]]
		require.NotEmpty(t, own, "%s has no list here", o.OperationID)
		refused := []string{"", "x", "nonsense", own + "A", own[1:], own[:len(own)-1], own + "&cursor=" + own, strings.Repeat("A", 513), "%00", own + "%3D"}
		for list, cursor := range cursors {
			if list != lists[o.OperationID] {
				refused = append(refused, cursor)
			}
		}
		for _, cursor := range refused {
			c.get(path+"&cursor="+cursor).requireProblem(t, http.StatusBadRequest, "bad_cursor")
		}
		require.Equal(t, http.StatusOK, c.get(path+"&cursor="+own).status)
	}
	for _, bucket := range []string{"history", "cancelled"} {
		guest.get("/me/bookings?bucket="+bucket+"&cursor="+cursors["upcoming"]).requireProblem(t, http.StatusBadRequest, "bad_cursor")
	}
}

func TestWhatAListCantUnderstandIsRefused(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	guest, owner := newCustomer(t, klotet), newStaff(t, klotet, account.RoleOwner)
	for _, o := range k.operations() {
		if !o.takes("limit") {
			continue
		}
		c := owner
		if o.customers() {
			c = guest
		}
		for _, limit := range []string{"0", "101", "1000", "-1", "abc", "", "5.0", "05", "+5", "1e1", "99999999999999999999", "5&limit=5"} {
			c.get(o.path+"?venue="+hall+"&limit="+limit).requireProblem(t, http.StatusBadRequest, "bad_limit")
		}
		for _, limit := range []string{"1", "100"} {
			require.Equal(t, http.StatusOK, c.get(o.path+"?venue="+hall+"&limit="+limit).status)
		}
	}
	for _, bucket := range []string{"", "past", "Upcoming", "%00"} {
		guest.get("/me/bookings?bucket="+bucket).requireProblem(t, http.StatusBadRequest, "unknown_bucket")
	}
	for _, day := range []string{"tomorrow", "2026-02-30", "2026-2-3"} {
		owner.get("/ops/bookings?venue="+hall+"&day="+day).requireProblem(t, http.StatusBadRequest, "bad_day")
	}
	for _, at := range []string{"now", "2026-11-22", "2026-11-22T10:00:00"} {
		owner.get("/ops/checkin/today?venue="+hall+"&from="+at).requireProblem(t, http.StatusBadRequest, "bad_time")
	}
}

func TestATextThatIsNoTokenOfTheTenantOpensNothing(t *testing.T) {
	t.Parallel()
	guest := newCustomer(t, klotet)
	booked := guest.book(hall)
	jwt, packed := guest.token(booked.ID, "token"), guest.token(booked.ID, "packed")
	parts := strings.Split(jwt, ".")
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	later := part(strings.Replace(string(claims), `"rev":1`, `"rev":2`, 1))
	require.NotEqual(t, parts[1], later)
	flip := func(text string) string { // of its last letter but one, which has no spare bits
		i, letter := len(text)-2, "A"
		if text[i] == 'A' {
			letter = "B"
		}
		return text[:i] + letter + text[i+1:]
	}
	for _, c := range []struct {
		name   string
		tenant string
		text   string
		code   checkin.Code
	}{
		{"another tenant's JWT", tumblepin, jwt, checkin.WrongTenant},
		{"another tenant's packed token", tumblepin, packed, checkin.WrongTenant},
		{"another tenant's reference", tumblepin, booked.Reference, checkin.BadToken},
		{"a JWT with another signature", klotet, flip(jwt), checkin.BadToken},
		{"a packed token with another signature", klotet, flip(packed), checkin.BadToken},
		{"a JWT with other claims", klotet, parts[0] + "." + later + "." + parts[2], checkin.BadToken},
		{"a JWT without a signature", klotet, parts[0] + "." + parts[1] + ".", checkin.BadToken},
		{"a JWT of algorithm none", klotet, part(`{"alg":"none","typ":"checkin+jwt"}`) + "." + parts[1] + ".", checkin.BadToken},
		{"a sign-in cookie", klotet, guest.cookie, checkin.BadToken},
		{"a booking's id", klotet, booked.ID, checkin.BadToken},
		{"nothing", klotet, "", checkin.BadToken},
		{"two KiB", klotet, strings.Repeat("A", 2<<10), checkin.BadToken},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newStaff(t, c.tenant, account.RoleHost, hall).scan(c.text, hall)
			a.requireProblem(t, http.StatusUnprocessableEntity, string(c.code))
			a.requireSilence(t, booked.ID, guest.subject, guest.email)
		})
	}
	state, err := guest.app.Checkin.Booking(t.Context(), checkin.Key{TenantID: klotet, BookingID: booked.ID})
	require.NoError(t, err)
	require.False(t, state.Admission.In(), "and nobody is in")
}

func TestStaffOfOneVenueHaveNoOther(t *testing.T) {
	t.Parallel()
	guest, here, there := newCustomer(t, klotet), newStaff(t, klotet, account.RoleHost, hall), newStaff(t, klotet, account.RoleHost, annex)
	booked := guest.book(annex)
	scanned := there.scan(booked.Reference, annex)
	require.Equal(t, "ok", scanned.json["code"], scanned.raw)
	scanID, _ := scanned.json["scan"].(string)
	key := []string{"Idempotency-Key", "k-" + booked.ID}
	ask := func(venueID, scanID string) map[string]answer {
		return map[string]answer{
			"a scan":       here.scan(guest.token(booked.ID, "packed"), venueID),
			"the evening":  here.get("/ops/checkin/today?venue=" + venueID),
			"the day":      here.get("/ops/bookings?venue=" + venueID),
			"a booking":    here.do("POST", "/ops/bookings", bookingBody(t, venueID, "venue@example.com"), key...),
			"taking back":  here.do("POST", "/ops/checkin/scans/"+scanID+"/undo", "", key...),
			"no venue":     here.get("/ops/bookings"),
			"two of them":  here.get("/ops/checkin/today?venue=" + venueID + "&venue=" + hall),
			"another case": here.get("/ops/bookings?venue=" + strings.ToUpper(hall)),
		}
	}
	none := ask("nowhere", "none")
	for name, a := range ask(annex, scanID) {
		a.requireProblem(t, http.StatusNotFound, "not_found")
		a.requireSilence(t, booked.ID, booked.Reference)
		require.Equal(t, none[name], a, name)
	}
	wrong := here.scan(guest.token(booked.ID, "packed"), hall)
	require.Equal(t, http.StatusOK, wrong.status)
	require.Equal(t, "wrong_venue", wrong.json["code"], "the guest may be told where to go")
}

func TestAnIdempotencyKeyIsTheTenantsOwn(t *testing.T) {
	t.Parallel()
	here, there := newMachine(t, klotet, account.RoleManager, hall, annex), newMachine(t, tumblepin, account.RoleManager, hall)
	body := bookingBody(t, hall, "same@example.com")
	key := []string{"Idempotency-Key", "key-" + here.subject}
	first, again := here.do("POST", "/ops/bookings", body, key...), here.do("POST", "/ops/bookings", body, key...)
	abroad := there.do("POST", "/ops/bookings", body, key...)
	for _, a := range []answer{first, again, abroad} {
		require.Equal(t, http.StatusCreated, a.status, a.raw)
	}
	require.Equal(t, first.raw, again.raw, "the same request is one booking")
	require.NotEqual(t, first.json["id"], abroad.json["id"], "at another tenant it is another")
	require.NotEqual(t, first.json["customer"], abroad.json["customer"])
	for _, other := range []string{
		strings.Replace(body, `"party_size":2`, `"party_size":3`, 1),
		strings.Replace(body, "same@", "other@", 1),
		strings.Replace(body, hall, annex, 1),
	} {
		require.NotEqual(t, body, other)
		a := here.do("POST", "/ops/bookings", other, key...)
		a.requireProblem(t, http.StatusUnprocessableEntity, "idempotency_mismatch")
		id, _ := first.json["id"].(string)
		a.requireSilence(t, id)
	}
	for name, wrong := range map[string]string{"a space": "a b", "65 letters": strings.Repeat("k", 65), "a letter of another alphabet": "nyckel-å"} {
		a := here.do("POST", "/ops/bookings", body, "Idempotency-Key", wrong)
		require.Equal(t, "bad_idempotency_key", a.json["code"], name)
	}
	here.do("POST", "/ops/bookings", body).requireProblem(t, http.StatusBadRequest, "idempotency_key_required")
}
