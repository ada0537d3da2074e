package httpx_test

import (
	"encoding/base64"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
)

var (
	startsAt = time.Date(2026, 1, 31, 17, 0, 0, 123456000, time.UTC)
	position = httpx.Position{At: startsAt, ID: "01890a5d-ac96-774b-bcce-b302099a8057", AsOf: startsAt.Add(time.Hour)}
)

func TestLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		query string
		want  int // 0 for BadLimit
	}{
		"absent is 50":              {"", 50},
		"another parameter":         {"?cursor=x", 50},
		"the least":                 {"?limit=1", 1},
		"the most":                  {"?limit=100", 100},
		"0":                         {"?limit=0", 0},
		"101":                       {"?limit=101", 0},
		"1000":                      {"?limit=1000", 0},
		"negative":                  {"?limit=-1", 0},
		"empty":                     {"?limit=", 0},
		"a word":                    {"?limit=ten", 0},
		"a fraction":                {"?limit=10.0", 0},
		"a plus sign":               {"?limit=%2B10", 0},
		"a leading zero":            {"?limit=010", 0},
		"a space":                   {"?limit=%2010", 0},
		"twice":                     {"?limit=10&limit=10", 0},
		"beyond every whole number": {"?limit=99999999999999999999", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n, err := httpx.Limit(get("/" + c.query))
			require.Equal(t, c.want, n)
			if c.want == 0 {
				require.ErrorIs(t, err, httpx.BadLimit)
				return
			}
			require.NoError(t, err)
		})
	}
}

func TestCursorReturnsThePosition(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]httpx.Position{
		"a time and an id":     {At: startsAt, ID: "b1"},
		"with an as-of":        position,
		"a text and an id":     {Key: "Åsa Öberg", ID: "c1"},
		"a number and an id":   {N: math.MinInt64, ID: "c1"},
		"nothing":              {},
		"a time before 1970":   {At: time.Date(1, 1, 1, 0, 0, 0, 1000, time.UTC)},
		"the last microsecond": {At: time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)},
		"as long as may be":    {Key: strings.Repeat("k", 128), ID: strings.Repeat("i", 128), At: startsAt, AsOf: startsAt, N: math.MaxInt64},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := httpx.EncodeCursor("portal.history", p)
			require.Equal(t, url.QueryEscape(text), text)
			got, err := httpx.DecodeCursor("portal.history", text)
			require.NoError(t, err)
			require.Equal(t, p, got)
			require.Equal(t, p.At.IsZero(), got.At.IsZero())
		})
	}
}

func TestCursorKeepsTheInstantToTheMicrosecond(t *testing.T) {
	t.Parallel()
	stockholm := time.FixedZone("", 3600)
	got, err := httpx.DecodeCursor("k", httpx.EncodeCursor("k", httpx.Position{At: startsAt.Add(999).In(stockholm)}))
	require.NoError(t, err)
	require.Equal(t, startsAt, got.At)
}

// A cursor may live in a customer's open page over a release: the form stays.
func TestCursorHasTheGoldenForm(t *testing.T) {
	t.Parallel()
	const golden = "AQ5wb3J0YWwuaGlzdG9yeYCQ29LA7KQGAAACYjGAoPi72-ykBg"
	require.Equal(t, golden, httpx.EncodeCursor("portal.history", httpx.Position{At: startsAt.Truncate(time.Second), ID: "b1", AsOf: startsAt.Truncate(time.Second).Add(time.Hour)}))
}

func TestDecodeCursorRefusesAnythingElse(t *testing.T) {
	t.Parallel()
	good := httpx.EncodeCursor("k", position)
	raw, err := base64.RawURLEncoding.DecodeString(good)
	require.NoError(t, err)
	encode := func(b ...byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	for name, text := range map[string]string{
		"empty":                      "",
		"no base64":                  "?",
		"padded":                     good + "=",
		"a line end inside":          good[:4] + "\n" + good[4:],
		"cut short":                  good[:len(good)-4],
		"bytes behind the end":       encode(append(raw[:len(raw):len(raw)], 0)...),
		"another version":            encode(append([]byte{2}, raw[1:]...)...),
		"another list's":             httpx.EncodeCursor("other", position),
		"a kind that only begins so": httpx.EncodeCursor("kk", position),
		"an overlong number":         encode(1, 1, 'k', 0, 0, 0x80, 0, 0, 0),
		"a length past the end":      encode(1, 1, 'k', 0, 0xff, 0xff, 0x7f),
		"a length of 64 bits":        encode(1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
		"NUL in the id":              httpx.EncodeCursor("k", httpx.Position{ID: "a\x00"}),
		"no UTF-8 in the key":        httpx.EncodeCursor("k", httpx.Position{Key: "\xff"}),
		"a year after 9999":          httpx.EncodeCursor("k", httpx.Position{At: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}),
		"a year before 1":            httpx.EncodeCursor("k", httpx.Position{AsOf: time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC)}),
		"over 512 characters":        httpx.EncodeCursor("k", httpx.Position{Key: strings.Repeat("k", 400)}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := httpx.DecodeCursor("k", text)
			require.ErrorIs(t, err, httpx.BadCursor)
			require.Zero(t, p)
		})
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	good := httpx.EncodeCursor("k", position)
	p, err := httpx.After(get("/?limit=1"), "k")
	require.NoError(t, err)
	require.Nil(t, p)
	p, err = httpx.After(get("/?cursor="+good), "k")
	require.NoError(t, err)
	require.Equal(t, &position, p)
	for name, query := range map[string]string{
		"an empty cursor":  "?cursor=",
		"two cursors":      "?cursor=" + good + "&cursor=" + good,
		"another kind":     "?cursor=" + httpx.EncodeCursor("j", position),
		"a random text":    "?cursor=hello",
		"NUL":              "?cursor=%00",
		"a JSON in base64": "?cursor=" + base64.RawURLEncoding.EncodeToString([]byte(`{"at":"2026-01-31"}`)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := httpx.After(get("/"+query), "k")
			require.ErrorIs(t, err, httpx.BadCursor)
			require.Nil(t, p)
		})
	}
}

type row struct{ n int64 }

func rows(n int) []row {
	out := make([]row, n)
	for i := range out {
		out[i].n = int64(i + 1)
	}
	return out
}

func page(n, limit int) httpx.Page[int64] {
	return httpx.NewPage(rows(n), limit, func(r row) int64 { return r.n }, "k", func(r row) httpx.Position { return httpx.Position{N: r.n} })
}

func TestNewPage(t *testing.T) {
	t.Parallel()
	require.Equal(t, httpx.Page[int64]{Items: []int64{}}, page(0, 3))
	require.Equal(t, httpx.Page[int64]{Items: []int64{1, 2, 3}}, page(3, 3), "as many as asked is the last page")

	p := page(4, 3)
	require.Equal(t, []int64{1, 2, 3}, p.Items)
	at, err := httpx.DecodeCursor("k", *p.Next)
	require.NoError(t, err)
	require.Equal(t, httpx.Position{N: 3}, at, "the cursor stands at the last row shown")
}

func TestPageWritesItemsNeverNull(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	require.NoError(t, httpx.WriteJSON(w, http.StatusOK, httpx.Page[string]{}))
	require.Equal(t, `{"items":[],"next":null}`+"\n", w.Body.String())

	w = httptest.NewRecorder()
	require.NoError(t, httpx.WriteJSON(w, http.StatusOK, &httpx.Page[string]{}))
	require.Equal(t, `{"items":[],"next":null}`+"\n", w.Body.String())
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add(httpx.EncodeCursor("k", position))
	f.Add(httpx.EncodeCursor("k", httpx.Position{Key: "å", N: -1}))
	f.Add("")
	f.Add("AQFr")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := httpx.DecodeCursor("k", text)
		if err == nil && httpx.EncodeCursor("k", p) != text {
			t.Fatalf("%q is another spelling", text)
		}
	})
}

func BenchmarkCursor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := httpx.DecodeCursor("k", httpx.EncodeCursor("k", position)); err != nil {
			b.Fatal(err)
		}
	}
}
