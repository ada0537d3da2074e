package portal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
)

// byHeader identifies by a header, in the way a host does by a session.
func byHeader(r *http.Request) (portal.Principal, error) {
	name := r.Header.Get("X-Customer")
	if name == "" {
		return portal.Principal{}, portal.ErrUnauthenticated
	}
	return portal.Principal{TenantID: "boule", Subject: name}, nil
}

func newHandler(t testing.TB, source portal.Bookings) http.Handler {
	t.Helper()
	svc, err := portal.New(portal.Sources{Bookings: source}, portal.Config{
		Now: func() time.Time { return now }, NewID: func() string { return "fault-1" }, Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	return svc.CustomerHandler(portal.HandlerConfig{Identify: byHeader})
}

func request(h http.Handler, method, target, customer string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("X-Customer", customer)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(h http.Handler, target string) *httptest.ResponseRecorder {
	return request(h, http.MethodGet, target, "alice")
}

// requireProblem checks status and code of a problem document.
func requireProblem(t testing.TB, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	require.Equal(t, status, w.Code, w.Body)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	var doc struct {
		Status int
		Code   string
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &doc))
	require.Equal(t, status, doc.Status)
	require.Equal(t, code, doc.Code)
	require.Contains(t, w.Header().Get("Cache-Control"), "no-store")
}

func TestHandlerServesABooking(t *testing.T) {
	t.Parallel()
	b := booking("b/1 å", portal.StatusConfirmed, 24*time.Hour)
	b.ColorType, b.Package = "blue", &portal.Package{ID: "p1", Name: "Charkbricka <stor>"}
	b.ChangesUntil = b.StartsAt.Add(-12 * time.Hour)
	m := full(0)
	m.Put(alice, b)
	w := get(newHandler(t, m), "/me/bookings/"+url.PathEscape("b/1 å"))
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, "private, no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "Accept-Language, Authorization, Cookie", w.Header().Get("Vary"))
	require.Equal(t, `{"id":"b/1 å","reference":"K7M2QX","venue":{"id":"sodermalm","name":"Södermalm"},"resource_type":"lane",`+
		`"resources":["Bana 3"],"color_type":"blue","party_size":6,"package":{"id":"p1","name":"Charkbricka <stor>"},`+
		`"starts_at":"2026-11-23T18:30:00+01:00","ends_at":"2026-11-23T20:30:00+01:00","status":"CONFIRMED",`+
		`"price":{"amount":34500,"currency":"SEK"},"actions":[`+
		`{"name":"repeat","allowed":true,"until":null,"reason":null},`+
		`{"name":"rebook","allowed":true,"until":"2026-11-23T06:30:00+01:00","reason":null},`+
		`{"name":"cancel","allowed":true,"until":"2026-11-23T06:30:00+01:00","reason":null},`+
		`{"name":"party_size","allowed":true,"until":"2026-11-23T06:30:00+01:00","reason":null}]}`+"\n", w.Body.String())
}

func TestHandlerServesWhatIsNotThereAsNullOrEmpty(t *testing.T) {
	t.Parallel()
	b := booking("b", portal.StatusCancelled, -24*time.Hour)
	b.Resources = nil
	m := full(0)
	m.Put(alice, b)
	body := get(newHandler(t, m), "/me/bookings/b").Body.String()
	for _, part := range []string{
		`"resources":[]`, `"color_type":null`, `"package":null`, `{"name":"cancel","allowed":false,"until":null,"reason":"cancelled"}`,
	} {
		require.Contains(t, body, part)
	}
}

func TestAViewIsInJSONWhatTheHandlerServes(t *testing.T) {
	t.Parallel()
	m := full(1)
	svc, _ := newService(t, m)
	v, err := svc.Booking(t.Context(), alice, "up-000")
	require.NoError(t, err)
	body, err := json.Marshal(v)
	require.NoError(t, err)
	require.JSONEq(t, get(newHandler(t, m), "/me/bookings/up-000").Body.String(), string(body))
	body, err = json.Marshal(portal.View{})
	require.NoError(t, err, "a View without a zone is shown in UTC")
	require.Contains(t, string(body), `"actions":[]`)
}

// list is the answer to a list request.
type list struct {
	Items []struct {
		ID       string
		StartsAt string `json:"starts_at"`
	}
	Next *string
}

func getList(t testing.TB, h http.Handler, query url.Values) list {
	t.Helper()
	w := get(h, "/me/bookings?"+query.Encode())
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.Equal(t, "private, no-store", w.Header().Get("Cache-Control"))
	var l list
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &l))
	return l
}

func TestHandlerServesTheBucketsPageByPage(t *testing.T) {
	t.Parallel()
	h := newHandler(t, full(120))
	for bucket, name := range map[string]string{"upcoming": "up", "history": "past", "cancelled": "gone"} {
		for _, limit := range []string{"", "1", "7", "100"} {
			query := url.Values{"bucket": {bucket}}
			if limit != "" {
				query.Set("limit", limit)
			}
			var got []string
			for {
				l := getList(t, h, query)
				for _, item := range l.Items {
					got = append(got, item.ID)
				}
				if l.Next == nil {
					break
				}
				query.Set("cursor", *l.Next)
			}
			require.Len(t, got, 120)
			for i, id := range got {
				require.Equal(t, fmt.Sprintf("%s-%03d", name, i), id)
			}
		}
	}
	require.Len(t, getList(t, h, nil).Items, 50)
	require.Equal(t, "up-000", getList(t, h, nil).Items[0].ID, "without a bucket it is upcoming")
	require.JSONEq(t, `{"items":[],"next":null}`, request(h, http.MethodGet, "/me/bookings", "nobody").Body.String())
}

func TestHandlerRefuses(t *testing.T) {
	t.Parallel()
	h := newHandler(t, full(5))
	history := *getList(t, h, url.Values{"bucket": {"history"}, "limit": {"2"}}).Next
	for _, c := range []struct {
		name   string
		target string
		status int
		code   string
	}{
		{"an unknown bucket", "/me/bookings?bucket=past", 400, "unknown_bucket"},
		{"an empty bucket", "/me/bookings?bucket=", 400, "unknown_bucket"},
		{"a bucket in another case", "/me/bookings?bucket=History", 400, "unknown_bucket"},
		{"two buckets", "/me/bookings?bucket=history&bucket=history", 400, "unknown_bucket"},
		{"limit 0", "/me/bookings?limit=0", 400, "bad_limit"},
		{"limit 101", "/me/bookings?limit=101", 400, "bad_limit"},
		{"limit 1000", "/me/bookings?limit=1000", 400, "bad_limit"},
		{"a negative limit", "/me/bookings?limit=-1", 400, "bad_limit"},
		{"a limit that is no number", "/me/bookings?limit=ten", 400, "bad_limit"},
		{"an empty limit", "/me/bookings?limit=", 400, "bad_limit"},
		{"two limits", "/me/bookings?limit=5&limit=5", 400, "bad_limit"},
		{"a malformed cursor", "/me/bookings?cursor=nonsense", 400, "bad_cursor"},
		{"an empty cursor", "/me/bookings?cursor=", 400, "bad_cursor"},
		{"a long cursor", "/me/bookings?cursor=" + strings.Repeat("A", 5000), 400, "bad_cursor"},
		{"a cursor of another bucket", "/me/bookings?bucket=cancelled&cursor=" + history, 400, "bad_cursor"},
		{"a cursor without its bucket", "/me/bookings?cursor=" + history, 400, "bad_cursor"},
		{"two cursors", "/me/bookings?bucket=history&cursor=" + history + "&cursor=" + history, 400, "bad_cursor"},
		{"a random id", "/me/bookings/nothing", 404, "not_found"},
		{"an id with NUL", "/me/bookings/up-000%00", 404, "not_found"},
		{"an id that is too long", "/me/bookings/" + strings.Repeat("x", 65), 404, "not_found"},
		{"an unknown path", "/me/bookings/up-000/more", 404, "not_found"},
		{"a path above the base", "/me", 404, "not_found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			requireProblem(t, get(h, c.target), c.status, c.code)
		})
	}
}

func TestAnotherCustomersBookingIsTheSame404AsNone(t *testing.T) {
	t.Parallel()
	m := full(1)
	m.Put(portal.CustomerKey{TenantID: "pin", CustomerID: "bob"}, booking("pins", portal.StatusConfirmed, time.Hour))
	h := newHandler(t, m)
	require.Equal(t, http.StatusOK, get(h, "/me/bookings/up-000").Code)
	none := request(h, http.MethodGet, "/me/bookings/xy-999", "bob")
	requireProblem(t, none, 404, "not_found")
	for _, id := range []string{"up-000", "pins", "%20", strings.Repeat("x", 100)} {
		other := request(h, http.MethodGet, "/me/bookings/"+id, "bob")
		require.Equal(t, none.Code, other.Code, id)
		require.Equal(t, none.Body.Bytes(), other.Body.Bytes(), id)
		require.Equal(t, none.Header(), other.Header(), id)
	}
}

func TestHandlerAnswersInTheCallersLanguage(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodGet, "/me/bookings?bucket=x", nil)
	r.Header.Set("X-Customer", "alice")
	r.Header.Set("Accept-Language", "sv-SE")
	w := httptest.NewRecorder()
	newHandler(t, full(1)).ServeHTTP(w, r)
	requireProblem(t, w, 400, "unknown_bucket")
	require.Contains(t, w.Body.String(), "bucket måste vara")
}

func TestHandlerReadsOnly(t *testing.T) {
	t.Parallel()
	h := newHandler(t, full(1))
	for _, target := range []string{"/me/bookings", "/me/bookings/up-000"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
			w := request(h, method, target, "alice")
			requireProblem(t, w, 405, "method_not_allowed")
			require.Equal(t, "GET, HEAD", w.Header().Get("Allow"))
		}
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL+"/me/bookings/up-000", nil)
	require.NoError(t, err)
	r.Header.Set("X-Customer", "alice")
	res, err := server.Client().Do(r)
	require.NoError(t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(t, errors.Join(err, res.Body.Close()))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Positive(t, res.ContentLength)
	require.Empty(t, body)
}

func TestHandlerAsksWhoItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		p      portal.Principal
		err    error
		status int
		code   string
	}{
		{"nobody is signed in", portal.Principal{}, portal.ErrUnauthenticated, 401, "unauthenticated"},
		{"the host's sessions can't be read", portal.Principal{}, errors.New("database is down"), 500, "internal"},
		{"nobody is signed in, with a reason", portal.Principal{}, fmt.Errorf("%w: too old", portal.ErrUnauthenticated), 401, "unauthenticated"},
		{"a member of staff", portal.Principal{}, fmt.Errorf("%w: staff", portal.ErrForbidden), 403, "forbidden"},
		{"a problem of the host's own", portal.Principal{}, httpx.NewProblem(429, "slow_down", "Slow down.", ""), 429, "slow_down"},
		{"an error beside a name", portal.Principal{TenantID: "boule", Subject: "alice"}, portal.ErrUnauthenticated, 401, "unauthenticated"},
		{"nobody without an error", portal.Principal{}, nil, 401, "unauthenticated"},
		{"a tenant without a customer", portal.Principal{TenantID: "boule"}, nil, 401, "unauthenticated"},
		{"a customer without a tenant", portal.Principal{Subject: "alice"}, nil, 401, "unauthenticated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			svc, _ := newService(t, full(1))
			h := svc.CustomerHandler(portal.HandlerConfig{Identify: func(*http.Request) (portal.Principal, error) { return c.p, c.err }})
			for _, target := range []string{"/me/bookings", "/me/bookings/up-000", "/me/bookings?limit=0"} {
				w := get(h, target)
				requireProblem(t, w, c.status, c.code)
				if c.err != nil {
					require.NotContains(t, w.Body.String(), c.err.Error(), "the reason is for the log")
				}
			}
		})
	}
}

func TestHandlerTellsFaultsToTheLogOnly(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	svc, err := portal.New(portal.Sources{Bookings: stub{err: errors.New("pq: secret detail")}}, portal.Config{
		NewID: func() string { return "fault-1" }, Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	h := svc.CustomerHandler(portal.HandlerConfig{Identify: byHeader})
	for _, target := range []string{"/me/bookings", "/me/bookings/up-000"} {
		log.Reset()
		w := get(h, target)
		requireProblem(t, w, 500, "internal")
		require.Contains(t, w.Body.String(), "fault-1")
		require.NotContains(t, w.Body.String(), "secret")
		require.Contains(t, log.String(), "secret detail")
		require.Contains(t, log.String(), "fault-1")
	}
}

func TestHandlerIsMountedWhereTheHostSays(t *testing.T) {
	t.Parallel()
	svc, _ := newService(t, full(1))
	for base, target := range map[string]string{
		"": "/me/bookings", "/": "/bookings", "/api/v1/me": "/api/v1/me/bookings", "/api/": "/api/bookings",
	} {
		h := svc.CustomerHandler(portal.HandlerConfig{BasePath: base, Identify: byHeader})
		require.Equal(t, http.StatusOK, get(h, target).Code, "base %q", base)
		require.Equal(t, http.StatusOK, get(h, target+"/up-000").Code, "base %q", base)
		requireProblem(t, get(h, "/elsewhere/bookings"), 404, "not_found")
	}
	require.Panics(t, func() { svc.CustomerHandler(portal.HandlerConfig{}) }, "Identify is required")
}

func BenchmarkHandlerPageOf50(b *testing.B) {
	rows := make([]portal.Booking, 51)
	for i := range rows {
		rows[i] = booking(fmt.Sprintf("0195f3a0-0000-7000-8000-%012d", i), portal.StatusCompleted, -time.Duration(i+3)*time.Hour)
		rows[i].Package = &portal.Package{ID: "p1", Name: "Charkbricka"}
	}
	h := newHandler(b, stub{rows: rows})
	r := httptest.NewRequest(http.MethodGet, "/me/bookings?bucket=history&limit=50", nil)
	r.Header.Set("X-Customer", "alice")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Body)
		}
		b.SetBytes(int64(w.Body.Len()))
	}
}
