package main

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestAHostThatIsNoTenantsIsMisdirected(t *testing.T) {
	t.Parallel()
	customer := newCustomer(t, klotet)
	booked := customer.book(hall)
	for _, host := range []string{
		"nobody.localhost:8080", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "klotet", "klotet.localhost.example.com",
		"x.klotet.localhost", "klotet.localhost:x", "klotet.localhost@example.com", "klotet.localhost, tumblepin.localhost", "",
	} {
		for _, o := range guarded(t) {
			path, body, headers := o.inTheirPlace(t, booked.ID)
			a := customer.at(host).do(o.method, path, body, append(headers, "X-Forwarded-Host", customer.host)...)
			a.requireProblem(t, http.StatusMisdirectedRequest, "unknown_host")
			a.requireSilence(t, booked.ID, customer.email)
		}
	}
	for _, host := range []string{"KLOTET.localhost", "klotet.localhost.", "klotet.localhost:9"} {
		require.Equal(t, http.StatusOK, customer.at(host).get("/me").status, host)
	}
}

func TestAForwardedHostCountsFromAListedProxyOnly(t *testing.T) {
	t.Parallel()
	c := newCustomer(t, klotet)
	options := c.app.Options
	options.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	behind, err := openSite(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, behind.app.Close()) })
	c.site = behind
	for _, from := range []struct{ addr, host, forwarded, subject string }{
		{"10.1.2.3:4", "upstream:8080", "klotet.localhost", c.subject},
		{"[::ffff:10.1.2.3]:4", "upstream:8080", "klotet.localhost", c.subject},
		{"10.1.2.3:4", "klotet.localhost", "tumblepin.localhost", ""},
		{"10.1.2.3:4", "klotet.localhost", "nobody.example.com", ""},
		{"192.0.2.1:4", "klotet.localhost", "tumblepin.localhost", c.subject},
		{"192.0.2.1:4", "upstream:8080", "klotet.localhost", ""},
	} {
		a := c.at(from.host).from(from.addr).do("GET", "/me", "", "X-Forwarded-Host", from.forwarded)
		id, _ := a.json["id"].(string)
		require.Equal(t, from.subject, id, "%+v: %s", from, a.raw)
	}
}

func TestARequestFromAnotherSiteIsRefused(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	owner, neighbour := newStaff(t, klotet, account.RoleOwner), newClient(t, tumblepin)
	targets := []operation{}
	for _, o := range k.operations() {
		if o.method != "GET" {
			targets = append(targets, o)
		}
	}
	require.NotEmpty(t, targets)
	for _, c := range []struct {
		name    string
		headers []string
	}{
		{"from another site", []string{"Sec-Fetch-Site", "cross-site"}},
		{"from a neighbour", []string{"Sec-Fetch-Site", "same-site"}},
		{"from another site, by an old browser", []string{"Origin", "https://example.com"}},
		{"from another tenant, by an old browser", []string{"Origin", neighbour.tenant.Origin}},
		{"from a sandbox", []string{"Origin", "null"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, o := range targets {
				path, body, headers := o.inTheirPlace(t, "x")
				a := owner.do(o.method, path, body, append(headers, c.headers...)...)
				a.requireProblem(t, http.StatusForbidden, "cross_site")
			}
			for _, path := range []string{"/login", "/login/x", "/logout", "/language", "/book/lane", "/console"} {
				owner.do("POST", path, "", c.headers...).requireProblem(t, http.StatusForbidden, "cross_site")
				page := owner.do("POST", path, "", append(c.headers, "Accept", "text/html")...)
				require.Equal(t, http.StatusForbidden, page.status, path)
				require.Equal(t, "text/html", mediaType(page.header), path)
			}
			require.Equal(t, http.StatusOK, owner.do("GET", "/me", "", c.headers...).status, "reading is anybody's")
		})
	}
	for _, headers := range [][]string{{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "none"}, {"Origin", owner.tenant.Origin}} {
		a := owner.do("POST", "/ops/checkin/scans", scanBody(t, "K7M2QX", hall), headers...)
		a.requireProblem(t, http.StatusUnprocessableEntity, "bad_token")
	}
	require.Equal(t, http.StatusOK, owner.get("/me").status, "nobody was signed out")
}

func TestFiguresAreForThisMachineAlone(t *testing.T) {
	t.Parallel()
	c := newClient(t, klotet)
	c.from("127.0.0.1:1").requireFigures(t, true)
	c.from("[::1]:1").requireFigures(t, true)
	c.from("192.0.2.1:1").requireFigures(t, false)
	c.from("[::ffff:192.0.2.1]:1").requireFigures(t, false)
	for _, header := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"} {
		c.from("127.0.0.1:1").requireFigures(t, false, header, "192.0.2.1")
	}
}

func (c *client) requireFigures(t *testing.T, want bool, headers ...string) {
	t.Helper()
	a := c.do("GET", "/metrics", "", headers...)
	if want {
		require.Equal(t, http.StatusOK, a.status)
		require.Contains(t, a.raw, "venuekit_http_request_duration_seconds")
		return
	}
	a.requireProblem(t, http.StatusNotFound, "not_found")
}

func TestABodyThatIsNotAsItShouldBeIsRefused(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	owner := newStaff(t, klotet, account.RoleOwner)
	for _, o := range k.operations() {
		if o.RequestBody == nil {
			continue
		}
		path, good, headers := o.inTheirPlace(t, "x")
		for _, c := range []struct {
			name, body string
			status     int
			code       string
			headers    []string
		}{
			{"nothing", "", 400, "bad_json", []string{"Content-Type", "application/json"}},
			{"no JSON", "venue=test-hall", 400, "bad_json", nil},
			{"half of it", good[:len(good)/2], 400, "bad_json", nil},
			{"two of them", good + good, 400, "bad_json", nil},
			{"bytes that are no text", strings.Replace(good, "{", "{\"\xff\":1,", 1), 400, "bad_json", nil},
			{"a member twice", strings.Replace(good, "{", `{"venue":"annex",`, 1), 400, "duplicate_member", nil},
			{"a member twice, once in escapes", strings.Replace(good, "{", `{"v\u0065nue":"annex",`, 1), 400, "duplicate_member", nil},
			{"a member that isn't known", strings.Replace(good, "{", `{"admin":true,`, 1), 400, "unknown_member", nil},
			{"a member in other letters", strings.Replace(good, `"venue"`, `"Venue"`, 1), 400, "unknown_member", nil},
			{"a list", "[" + good + "]", 400, "bad_type", nil},
			{"null", "null", 400, "bad_type", nil},
			{"a number for a text", strings.Replace(good, `"`+hall+`"`, "1", 1), 400, "bad_type", nil},
			{"a NUL", strings.Replace(good, hall, `x\u0000`, 1), 400, "bad_string", nil},
			{"a mebibyte", strings.Replace(good, hall, strings.Repeat("x", 1<<20), 1), 413, "body_too_large", nil},
			{"a form", good, 415, "unsupported_media_type", []string{"Content-Type", "application/x-www-form-urlencoded"}},
			{"a text", good, 415, "unsupported_media_type", []string{"Content-Type", "text/plain"}},
			{"no type", good, 415, "unsupported_media_type", []string{"Content-Type", ""}},
			{"another alphabet", good, 415, "unsupported_media_type", []string{"Content-Type", "application/json; charset=latin1"}},
			{"compressed", good, 415, "unsupported_media_type", []string{"Content-Encoding", "gzip"}},
		} {
			t.Run(o.OperationID+" with "+c.name, func(t *testing.T) {
				t.Parallel()
				owner := owner.as(t)
				owner.do(o.method, path, c.body, append(headers, c.headers...)...).requireProblem(t, c.status, c.code)
			})
		}
		t.Run(o.OperationID+" with a mebibyte of unknown length", func(t *testing.T) {
			t.Parallel()
			r := owner.as(t).request(o.method, path, strings.Replace(good, hall, strings.Repeat("x", 1<<20), 1), headers...)
			r.ContentLength = -1
			w := httptest.NewRecorder()
			owner.handler.ServeHTTP(w, r)
			require.Equal(t, http.StatusRequestEntityTooLarge, w.Code, w.Body)
		})
	}
	require.Equal(t, http.StatusRequestEntityTooLarge, owner.do("POST", "/login", "email="+strings.Repeat("x", 1<<20),
		"Content-Type", "application/x-www-form-urlencoded").status)
}

func TestABookingThatCannotBeMadeSaysWhichMemberIsWrong(t *testing.T) {
	t.Parallel()
	good := bookingBody(t, hall, "member@example.com")
	for _, c := range []struct{ name, from, to, pointer string }{
		{"no people", `"party_size":2`, `"party_size":0`, "/party_size"},
		{"more than there are", `"party_size":2`, `"party_size":100000`, "/party_size"},
		{"what isn't let", `"lane"`, `"boat"`, "/resource_type"},
		{"no length", `"minutes":60`, `"minutes":0`, "/minutes"},
		{"an odd length", `"minutes":60`, `"minutes":45`, "/minutes"},
		{"a length below nothing", `"minutes":60`, `"minutes":-60`, "/minutes"},
		{"a length beyond all numbers", `"minutes":60`, `"minutes":9007199254741022`, "/minutes"},
		{"too many lanes", `"minutes":60`, `"minutes":60,"resource_count":-1`, "/resource_count"},
		{"food that isn't there", `"minutes":60`, `"minutes":60,"package":"none"`, "/package"},
		{"an id that can be none", `"minutes":60`, `"minutes":60,"resource_id":"` + strings.Repeat("x", 65) + `"`, "/resource_id"},
		{"no customer", `"customer":{"email":"member@example.com","name":"A. Guest"},`, ``, "/customer"},
		{"no address", `member@example.com`, ``, "/customer/email"},
		{"an address that is none", `member@example.com`, `member`, "/customer/email"},
		{"a name of two lines", `A. Guest`, `A.\nGuest`, "/customer/name"},
		{"yesteryear", `"starts_at":"2`, `"starts_at":"1`, "/starts_at"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := strings.Replace(good, c.from, c.to, 1)
			require.NotEqual(t, good, body)
			a := newMachine(t, klotet, account.RoleOwner).do("POST", "/ops/bookings", body, "Idempotency-Key", "k-"+rand.Text())
			a.requireProblem(t, http.StatusUnprocessableEntity, "invalid")
			require.Len(t, a.json["errors"], 1, a.raw)
			require.Equal(t, c.pointer, asList(a.json["errors"])[0]["pointer"])
		})
	}
}

func TestAnUnusualRequestGetsADocumentedAnswer(t *testing.T) {
	t.Parallel()
	owner := newStaff(t, klotet, account.RoleOwner)
	today, day, scans, bookings := "/ops/checkin/today?venue="+hall, "/ops/bookings?venue="+hall, "/ops/checkin/scans", "/ops/bookings"
	scan, book := scanBody(t, "K7M2QX", hall), bookingBody(t, hall, "unusual@example.com")
	for _, c := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"an evening that ends before it begins", "GET", today + "&from=" + hours(3) + "&until=" + hours(-3), "", 200},
		{"last night and tomorrow", "GET", today + "&from=" + hours(-35) + "&until=" + hours(35), "", 200},
		{"an evening of last week", "GET", today + "&from=" + hours(-7*24), "", 400},
		{"an evening in the year 0", "GET", today + "&from=0000-01-01T00:00:00Z", "", 400},
		{"an evening after the end of time", "GET", today + "&until=9999-12-31T23:59:59-01:00", "", 400},
		{"an evening at the end of time", "GET", today + "&until=9999-12-31T23:59:59Z", "", 400},
		{"a day in the year 1", "GET", day + "&day=0001-01-01", "", 400},
		{"a day in the year 0", "GET", day + "&day=0000-01-01", "", 400},
		{"the last day", "GET", day + "&day=9999-12-31", "", 400},
		{"guests below nothing", "POST", scans, strings.Replace(scan, "{", `{"guests":-1,`, 1), 422},
		{"more guests than there are", "POST", scans, strings.Replace(scan, "{", `{"guests":1001,`, 1), 422},
		{"a nonce of nothing", "POST", scans, regexp.MustCompile(`"nonce":"[^"]*"`).ReplaceAllString(scan, `"nonce":""`), 422},
		{"a nonce of 65 letters", "POST", scans, regexp.MustCompile(`"nonce":"[^"]*"`).ReplaceAllString(scan, `"nonce":"`+strings.Repeat("n", 65)+`"`), 422},
		{"no scan that could be", "POST", scans + "/x%00/undo", "", 404},
		{"no scan by its length", "POST", scans + "/" + strings.Repeat("x", 65) + "/undo", "", 404},
		{"a body where none is wanted", "POST", scans + "/x/undo", "{", 404},
		{"a booking in the year 9999", "POST", bookings, startsAt(book, "9999-12-31T23:30:00Z"), 422},
		{"a booking in the year 0", "POST", bookings, startsAt(book, "0000-01-01T00:00:00Z"), 422},
		{"a booking at no time", "POST", bookings, startsAt(book, "0001-01-01T00:00:00Z"), 422},
		{"a booking in three years", "POST", bookings, startsAt(book, hours(3*366*24)), 422},
		{"a booking by the second", "POST", bookings, startsAt(book, time.Now().Add(24*time.Hour).Format(time.RFC3339Nano)), 201},
		{"a crowd on one lane", "POST", bookings, strings.Replace(book, `"party_size":2`, `"party_size":1000,"resource_count":1`, 1), 409},
		{"more lanes than there are", "POST", bookings, strings.Replace(book, `"party_size":2`, `"party_size":2,"resource_count":900`, 1), 409},
		{"a lane that isn't there", "POST", bookings, strings.Replace(book, `"party_size":2`, `"party_size":2,"resource_id":"lane-x"`, 1), 409},
		{"an event that isn't there", "POST", bookings, strings.Replace(book, `"lane"`, `"event"`, 1), 409},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := owner.as(t).do(c.method, c.path, c.body, "Idempotency-Key", rand.Text())
			require.Equal(t, c.status, a.status, "%.300s", a.raw)
		})
	}
}

// hours returns the time so many hours from now.
func hours(n int) string {
	return time.Now().Add(time.Duration(n) * time.Hour).UTC().Format(time.RFC3339)
}

func startsAt(body, at string) string {
	return regexp.MustCompile(`"starts_at":"[^"]*"`).ReplaceAllString(body, `"starts_at":"`+at+`"`)
}
