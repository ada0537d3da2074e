package checkin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/checkin/checkinqr"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

// faces serves both handlers; the caller is named by two headers.
func (x *bench) faces() http.Handler {
	cfg := checkin.HandlerConfig{DrawSVG: checkinqr.SVG, Identify: func(r *http.Request) (checkin.Principal, error) {
		subject := r.Header.Get("As")
		if subject == "" {
			return checkin.Principal{}, checkin.ErrUnauthenticated
		}
		return checkin.Principal{TenantID: r.Header.Get("Tenant"), Subject: subject, Venues: []string{"sthlm"}}, nil
	}}
	mux := http.NewServeMux()
	mux.Handle("/me/", x.svc.CustomerHandler(cfg))
	mux.Handle("/ops/checkin/", x.svc.OperatorHandler(cfg))
	return mux
}

type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (x *bench) ask(t *testing.T, method, path, as, body string, headers ...string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Tenant", x.tenant)
	r.Header.Set("As", as)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	x.faces().ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Result().Header, raw: w.Body.String()}
	if strings.Contains(a.header.Get("Content-Type"), "json") {
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a.body), a.raw)
	}
	return a
}

func TestCustomerHandler_showsTheTokenToItsHolderOnly(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	path := "/me/bookings/" + x.b.ID
	mine := x.ask(t, "GET", path+"/token", "anna", "")
	require.Equal(t, 200, mine.status, mine.raw)
	token := x.token(t)
	require.Equal(t, token.JWT, mine.body["token"])
	require.Equal(t, token.Packed, mine.body["packed"])
	require.Equal(t, "private, no-store", mine.header.Get("Cache-Control"))
	picture := x.ask(t, "GET", path+"/qr.svg", "anna", "")
	require.Equal(t, 200, picture.status)
	require.Equal(t, "image/svg+xml", picture.header.Get("Content-Type"))
	require.Contains(t, picture.raw, "<svg ")

	unknown := x.ask(t, "GET", "/me/bookings/none/token", "anna", "")
	require.Equal(t, 404, unknown.status)
	require.Equal(t, "not_found", unknown.body["code"])
	for name, a := range map[string]answer{
		"another customer":            x.ask(t, "GET", path+"/token", "bo", ""),
		"another customer's picture":  x.ask(t, "GET", path+"/qr.svg", "bo", ""),
		"a customer of another chain": x.ask(t, "GET", path+"/token", "anna", "", "Tenant", dbtest.Tenant(t)),
	} {
		require.Equal(t, unknown.raw, a.raw, name)
		require.Equal(t, 404, a.status, name)
	}
	nobody := x.ask(t, "GET", path+"/token", "", "")
	require.Equal(t, 401, nobody.status)
	require.Equal(t, "application/problem+json", nobody.header.Get("Content-Type"))
	x.change(t, func(b *checkin.Booking) { b.Status = checkin.StatusCancelled })
	require.Equal(t, "not_confirmed", x.ask(t, "GET", path+"/token", "anna", "").body["code"])
}

func TestCustomerHandler_knowsACustomerUnderMergedNames(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	require.NoError(t, x.svc.Merge(t.Context(), checkin.CustomerKey{TenantID: x.tenant, CustomerID: "anna"}, "anna2"))
	require.Equal(t, 200, x.ask(t, "GET", "/me/bookings/"+x.b.ID+"/token", "anna2", "").status)
}

func TestOperatorHandler_scansAndUndoes(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	token := x.token(t)
	body := `{"token":"` + token.Packed + `","venue":"sthlm","nonce":"n1","guests":2}`
	ok := x.ask(t, "POST", "/ops/checkin/scans", "host", body)
	require.Equal(t, 200, ok.status, ok.raw)
	require.Equal(t, "ok", ok.body["code"])
	booking := ok.body["booking"].(map[string]any)
	require.EqualValues(t, 2, booking["arrived"])
	require.Equal(t, x.b.ID, booking["id"])
	first := ok.body["first"].(map[string]any)
	require.Equal(t, "host", first["device"])
	require.Equal(t, ok.raw, x.ask(t, "POST", "/ops/checkin/scans", "host", body).raw, "the same scan sent again")

	undo := "/ops/checkin/scans/" + ok.body["scan"].(string) + "/undo"
	require.Equal(t, "idempotency_key_required", x.ask(t, "POST", undo, "host", "").body["code"])
	undone := x.ask(t, "POST", undo, "host", "", "Idempotency-Key", "u1")
	require.Equal(t, 200, undone.status, undone.raw)
	require.Nil(t, undone.body["booking"].(map[string]any)["first"])
	again := x.ask(t, "POST", undo, "host", "", "Idempotency-Key", "u2")
	require.Equal(t, "nothing_to_undo", again.body["code"])
	require.Equal(t, 409, again.status)
}

func TestOperatorHandler_answersWithStableCodes(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	scan := func(token, venue, nonce string) string {
		raw, err := json.Marshal(map[string]string{"token": token, "venue": venue, "nonce": nonce})
		require.NoError(t, err)
		return string(raw)
	}
	token := x.token(t)
	x.clock.set(evening.Add(-2 * time.Hour))
	for name, c := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"too early is a verdict":                     {scan(token.JWT, "sthlm", "a"), 200, "too_early"},
		"a forged token is a problem":                {scan(token.JWT[:len(token.JWT)-4]+"AAAA", "sthlm", "b"), 422, "bad_token"},
		"a reference that nobody has is a problem":   {scan("ZZZZZZ", "sthlm", "c"), 422, "bad_token"},
		"a venue of others is not found":             {scan(token.JWT, "gbg", "d"), 404, "not_found"},
		"a missing nonce is invalid":                 {scan(token.JWT, "sthlm", ""), 422, "invalid"},
		"a duplicate member is refused":              {`{"token":"a","token":"b","venue":"sthlm","nonce":"e"}`, 400, "duplicate_member"},
		"an unknown member is refused":               {`{"tokens":"a"}`, 400, "unknown_member"},
		"a body that isn't JSON is refused":          {`{`, 400, "bad_json"},
		"a body of a mebibyte is refused":            {scan(strings.Repeat("A", 1<<20), "sthlm", "f"), 413, "body_too_large"},
		"a text of two kibibytes is a bad token":     {scan(strings.Repeat("A", 2<<10), "sthlm", "g"), 422, "bad_token"},
		"a nonce used for another code is a problem": {scan("7KM2QX", "sthlm", "a"), 409, "nonce_reused"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.code == "nonce_reused" {
				x.ask(t, "POST", "/ops/checkin/scans", "host", scan(token.JWT, "sthlm", "a"))
			}
			a := x.ask(t, "POST", "/ops/checkin/scans", "host", c.body)
			require.Equal(t, c.status, a.status, a.raw)
			require.Equal(t, c.code, a.body["code"])
			if c.status >= 400 {
				require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
				require.NotContains(t, a.raw, x.b.ID)
			}
		})
	}
}

func TestHandlers_answerIdsThatCanBeNoneAsNotFound(t *testing.T) {
	eachDatabase(t, func(t *testing.T, x *bench) {
		for _, path := range []string{"/me/bookings/%00/token", "/me/bookings/a%00b/qr.svg", "/me/bookings/" + strings.Repeat("a", 65) + "/token"} {
			require.Equal(t, 404, x.ask(t, "GET", path, "anna", "").status, path)
		}
		require.Equal(t, 404, x.ask(t, "POST", "/ops/checkin/scans/%00/undo", "host", "", "Idempotency-Key", "u").status)
		for _, query := range []string{"from=0000-01-01T00:00:00Z", "until=9999-12-31T00:00:00Z", "from=2026-11-20T00:00:00Z"} {
			require.Equal(t, "bad_time", x.ask(t, "GET", "/ops/checkin/today?venue=sthlm&"+query, "host", "").body["code"], query)
		}
		require.Equal(t, 401, x.ask(t, "GET", "/ops/checkin/today?venue=sthlm", "host", "", "Tenant", "").status)
	})
}

func TestOperatorHandler_tellsOfAnotherVenuesBookingOnlyWhereAndWhen(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	token := x.token(t)
	x.change(t, func(b *checkin.Booking) { b.VenueID, b.SlotRevision = "gbg", b.Revision })
	a := x.ask(t, "POST", "/ops/checkin/scans", "host", `{"token":"`+token.JWT+`","venue":"sthlm","nonce":"n"}`)
	require.Equal(t, "superseded", a.body["code"], a.raw)
	require.Nil(t, a.body["booking"])
	require.Equal(t, "gbg", a.body["elsewhere"].(map[string]any)["venue"])
	require.NotContains(t, a.raw, x.b.Reference)
}

func TestOperatorHandler_listsTheDayInPages(t *testing.T) {
	x := newBench(t, checkinbun.SQLite)
	for _, id := range []string{"b2", "b3"} {
		b := x.b
		b.ID = id
		require.NoError(t, x.svc.Observe(t.Context(), b))
	}
	path := "/ops/checkin/today?venue=sthlm&limit=2"
	first := x.ask(t, "GET", path, "host", "")
	require.Equal(t, 200, first.status, first.raw)
	require.Len(t, first.body["items"], 2)
	x.clock.set(evening.Add(48 * time.Hour))
	second := x.ask(t, "GET", path+"&cursor="+first.body["next"].(string), "host", "")
	require.Len(t, second.body["items"], 1, "the day stays while its pages are read")
	require.Nil(t, second.body["next"])
	for query, code := range map[string]string{
		"venue=sthlm&limit=0": "bad_limit", "venue=sthlm&limit=1000": "bad_limit", "venue=sthlm&cursor=x": "bad_cursor",
		"venue=sthlm&from=today": "bad_time", "venue=gbg": "not_found", "": "not_found",
	} {
		require.Equal(t, code, x.ask(t, "GET", "/ops/checkin/today?"+query, "host", "").body["code"], query)
	}
}
