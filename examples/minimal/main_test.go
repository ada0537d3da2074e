package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin/checkinbun"
	"github.com/petanque-life/venuekit/internal/dbtest"
)

var (
	url  = regexp.MustCompile(`http://[^/]+(/\S+)`)
	data = regexp.MustCompile(`-d '([^']*)'`)
)

// try does what the line of curl would.
func try(site http.Handler, line string) *httptest.ResponseRecorder {
	method, body := http.MethodGet, ""
	if found := data.FindStringSubmatch(line); found != nil {
		method, body = http.MethodPost, found[1]
	}
	r := httptest.NewRequest(method, url.FindStringSubmatch(line)[1], strings.NewReader(body))
	if strings.Contains(line, "-H 'Content-Type: application/json'") {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	site.ServeHTTP(w, r)
	return w
}

func TestWhatIsPrintedWorks(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	site, token, err := open(t.Context(), dbtest.Open(t, checkinbun.SQLite), func() time.Time { return now })
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(fmt.Sprintf(usage, token.Packed)), "\n")
	require.Len(t, lines, 3)

	picture := try(site, lines[1])
	require.Equal(t, http.StatusOK, picture.Code, picture.Body)
	require.Equal(t, "image/svg+xml", picture.Header().Get("Content-Type"))

	for _, want := range []struct {
		nonce, code string
		arrived     int
	}{{"1", "ok", 2}, {"1", "ok", 2}, {"2", "already_checked_in", 4}} {
		w := try(site, strings.Replace(lines[2], `"nonce":"1"`, `"nonce":"`+want.nonce+`"`, 1))
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		var verdict struct {
			Code    string
			Booking struct{ Arrived int }
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &verdict))
		require.Equal(t, want.code, verdict.Code, "nonce %s", want.nonce)
		require.Equal(t, want.arrived, verdict.Booking.Arrived, "nonce %s", want.nonce)
	}
}

func TestItMayBeOpenedAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.Open(t, checkinbun.SQLite)
	for range 2 {
		_, token, err := open(t.Context(), db, time.Now)
		require.NoError(t, err)
		require.NotEmpty(t, token.Packed)
	}
}

func TestItIsMinimal(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(source), "\n"), 70)
}
