package httpx_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
)

func TestWriteJSON(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	require.NoError(t, httpx.WriteJSON(w, http.StatusCreated, map[string]string{"a": "<å&>"}))
	require.Equal(t, http.StatusCreated, w.Code)
	require.Equal(t, `{"a":"<å&>"}`+"\n", w.Body.String())
	require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	require.Equal(t, fmt.Sprint(w.Body.Len()), w.Header().Get("Content-Length"))
	require.Equal(t, "private, no-store", w.Header().Get("Cache-Control"))
	require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
}

func TestWriteJSONLeavesTheHandlersCaching(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("Cache-Control", "public, max-age=300")
	require.NoError(t, httpx.WriteJSON(w, http.StatusOK, 1))
	require.Equal(t, "public, max-age=300", w.Header().Get("Cache-Control"))
}

func TestWriteJSONWritesNothingWhenEncodingFails(t *testing.T) {
	t.Parallel()
	e, log := newErrors()
	w := serve(e.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		return httpx.WriteJSON(w, http.StatusOK, []any{strings.Repeat("x", 1<<16), func() {}})
	}), get("/"))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Equal(t, "internal", code(t, w))
	require.Contains(t, log.String(), "httpx: encode answer")
}

func TestWriteJSONKeepsAnswersApart(t *testing.T) {
	t.Parallel()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 200 {
				w := httptest.NewRecorder()
				want := strings.Repeat(fmt.Sprint(i), j+1)
				if err := httpx.WriteJSON(w, http.StatusOK, want); err != nil || w.Body.String() != `"`+want+"\"\n" {
					t.Errorf("got %q, %v", w.Body.String(), err)
				}
				_ = httpx.WriteJSON(httptest.NewRecorder(), http.StatusOK, []any{want, func() {}})
			}
		})
	}
	wg.Wait()
}

type goneWriter struct{ http.ResponseWriter }

func (goneWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteJSONCallsAClientThatWentAwayNoError(t *testing.T) {
	t.Parallel()
	require.NoError(t, httpx.WriteJSON(goneWriter{httptest.NewRecorder()}, http.StatusOK, 1))
}

func TestIfMatch(t *testing.T) {
	t.Parallel()
	tag, other := httpx.ETag("42"), httpx.ETag("43")
	require.NotEqual(t, tag, other)
	for name, c := range map[string]struct {
		lines []string
		want  error
	}{
		"the version that stands":   {[]string{tag}, nil},
		"among others":              {[]string{other + " , " + tag}, nil},
		"on another line":           {[]string{other, tag}, nil},
		"any version":               {[]string{"*"}, nil},
		"missing":                   {nil, httpx.IfMatchRequired},
		"another version":           {[]string{other}, httpx.Stale},
		"empty":                     {[]string{""}, httpx.Stale},
		"a weak tag never matches":  {[]string{"W/" + tag}, httpx.Stale},
		"without its quotes":        {[]string{strings.Trim(tag, `"`)}, httpx.Stale},
		"a star in quotes":          {[]string{`"*"`}, httpx.Stale},
		"inside another tag's text": {[]string{`"x,` + strings.Trim(tag, `"`) + `,y"`}, httpx.Stale},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := get("/")
			for _, line := range c.lines {
				r.Header.Add("If-Match", line)
			}
			require.ErrorIs(t, httpx.IfMatch(r, "42"), c.want)
		})
	}
}

func TestETagIsAValidTagForAnyVersion(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, version := range []string{"", "1", "a b", `"`, "å", "\x00", strings.Repeat("x", 100)} {
		tag := httpx.ETag(version)
		require.Regexp(t, `^"[A-Za-z0-9_-]*"$`, tag)
		require.False(t, seen[tag])
		seen[tag] = true
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values []string
		want   error
	}{
		"a UUID":                        {[]string{"01890a5d-ac96-774b-bcce-b302099a8057"}, nil},
		"one character":                 {[]string{"x"}, nil},
		"64 characters":                 {[]string{strings.Repeat("~", 64)}, nil},
		"quotes are part of it":         {[]string{`"a!"`}, nil},
		"missing":                       {nil, httpx.IdempotencyKeyRequired},
		"empty":                         {[]string{""}, httpx.BadIdempotencyKey},
		"65 characters":                 {[]string{strings.Repeat("x", 65)}, httpx.BadIdempotencyKey},
		"a space":                       {[]string{"a b"}, httpx.BadIdempotencyKey},
		"a letter beyond ASCII":         {[]string{"å"}, httpx.BadIdempotencyKey},
		"a control character":           {[]string{"a\x7f"}, httpx.BadIdempotencyKey},
		"two headers, even if the same": {[]string{"a", "a"}, httpx.BadIdempotencyKey},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := get("/")
			r.Header["Idempotency-Key"] = c.values
			key, err := httpx.IdempotencyKey(r)
			require.ErrorIs(t, err, c.want)
			if c.want == nil {
				require.Equal(t, c.values[0], key)
				return
			}
			require.Empty(t, key)
		})
	}
}

type booking struct {
	ID        string    `json:"id"`
	Venue     string    `json:"venue"`
	StartsAt  time.Time `json:"starts_at"`
	EndsAt    time.Time `json:"ends_at"`
	Status    string    `json:"status"`
	Resources []string  `json:"resources"`
	Party     int       `json:"party_size"`
}

func BenchmarkWriteJSON(b *testing.B) {
	list := make([]booking, 51)
	for i := range list {
		list[i] = booking{fmt.Sprintf("01890a5d-ac96-774b-bcce-%012d", i), "Södermalm", startsAt, startsAt.Add(time.Hour), "CONFIRMED", []string{"lane-1", "lane-2"}, 8}
	}
	same := func(v booking) booking { return v }
	at := func(v booking) httpx.Position { return httpx.Position{At: v.StartsAt, ID: v.ID} }
	w := &nullWriter{header: http.Header{}}
	b.Run("50 items", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := httpx.WriteJSON(w, http.StatusOK, httpx.NewPage(list, 50, same, "k", at)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("50 items by json.Marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			body, err := json.Marshal(httpx.NewPage(list, 50, same, "k", at))
			if err != nil {
				b.Fatal(err)
			}
			_, _ = w.Write(body)
		}
	})
}

type nullWriter struct{ header http.Header }

func (n *nullWriter) Header() http.Header         { return n.header }
func (n *nullWriter) Write(b []byte) (int, error) { return len(b), nil }
func (n *nullWriter) WriteHeader(int)             {}
