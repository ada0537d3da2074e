package main

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
)

func (h *host) booked(t testing.TB) int64 {
	t.Helper()
	id, err := h.store.book(t.Context(), h.ada, h.venue, evening.Add(15*time.Minute), evening.Add(2*time.Hour))
	require.NoError(t, err)
	return id
}

// field finds an argument of a line of curl.
func field(line, pattern string) string {
	found := regexp.MustCompile(pattern).FindStringSubmatch(line)
	if found == nil {
		return ""
	}
	return found[1]
}

func TestWhatTheDemoPrintsWorks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		for range 2 { // it may be started again
			var said strings.Builder
			require.NoError(t, h.demo(t.Context(), &said, "http://127.0.0.1:8081"))
			lines := strings.Split(strings.TrimSpace(said.String()), "\n")[1:]
			require.Len(t, lines, 4)
			for i, want := range []string{`"status":"CONFIRMED"`, "<svg", `"code":"ok"`, `"status":"CHECKED_IN"`} {
				method, body := "GET", field(lines[i], `-d '([^']*)'`)
				if body != "" {
					method = "POST"
				}
				w := h.request(method, field(lines[i], `http://[^/]+(/\S+)`), body,
					&http.Cookie{Name: cookieName, Value: field(lines[i], `-b 'inloggad=([^']*)'`)})
				require.Equal(t, http.StatusOK, w.Code, w.Body)
				require.Contains(t, w.Body.String(), want)
				require.NoError(t, h.relay(t.Context()))
			}
		}
	})
}

type token struct{ Token, Packed string }

type verdict struct {
	Code string
	Scan string
}

func (h *host) scan(text, nonce string) string {
	return `{"token":"` + text + `","venue":"` + outward(h.venue) + `","nonce":"` + nonce + `"}`
}

func TestAGuestSeesTheBookingShowsTheCodeAndIsIn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		id := h.booked(t)
		ada, door := h.signin.cookie(customer, h.ada), h.signin.cookie(staff, h.door)

		type item struct{ ID, Status string }
		list := answer[struct{ Items []item }](t, h.request("GET", "/konto/bookings", "", ada))
		require.Equal(t, []item{{outward(id), "CONFIRMED"}}, list.Items)
		picture := h.request("GET", "/konto/kod/bookings/"+outward(id)+"/qr.svg", "", ada)
		require.Equal(t, http.StatusOK, picture.Code, picture.Body)
		code := answer[token](t, h.request("GET", "/konto/kod/bookings/"+outward(id)+"/token", "", ada))

		in := answer[verdict](t, h.request("POST", "/personal/incheckning/scans", h.scan(code.Packed, "1"), door))
		require.Equal(t, "ok", in.Code)
		status, _ := h.status(t, id)
		require.Equal(t, "bekräftad", status, "until it is relayed")
		require.NoError(t, h.relay(t.Context()))
		status, version := h.status(t, id)
		require.Equal(t, "incheckad", status)
		require.EqualValues(t, 2, version)
		shown := answer[item](t, h.request("GET", "/konto/bookings/"+outward(id), "", ada))
		require.Equal(t, "CHECKED_IN", shown.Status)

		again := answer[verdict](t, h.request("POST", "/personal/incheckning/scans", h.scan(code.Token, "2"), door))
		require.Equal(t, "already_checked_in", again.Code, "the code of the rest of the party still holds")

		r := httpUndo(in.Scan)
		r.AddCookie(door)
		require.Equal(t, http.StatusOK, h.serve(r).Code)
		require.NoError(t, h.relay(t.Context()))
		status, _ = h.status(t, id)
		require.Equal(t, "bekräftad", status)
	})
}

func TestACancelledOrMovedBookingsCodeIsWorthless(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		id := h.booked(t)
		ada, door := h.signin.cookie(customer, h.ada), h.signin.cookie(staff, h.door)
		path := "/konto/kod/bookings/" + outward(id) + "/token"
		first := answer[token](t, h.request("GET", path, "", ada))

		require.NoError(t, h.store.move(t.Context(), h.ada, id, evening.Add(24*time.Hour), evening.Add(26*time.Hour)))
		moved := answer[token](t, h.request("GET", path, "", ada))
		require.NotEqual(t, first.Token, moved.Token)
		old := answer[verdict](t, h.request("POST", "/personal/incheckning/scans", h.scan(first.Packed, "1"), door))
		require.Equal(t, "superseded", old.Code)

		require.Equal(t, http.StatusNotFound, h.request("POST", "/avboka/"+outward(id), "", h.signin.cookie(customer, h.bo)).Code)
		require.Equal(t, http.StatusNoContent, h.request("POST", "/avboka/"+outward(id), "", ada).Code)
		require.Equal(t, http.StatusNotFound, h.request("POST", "/avboka/"+outward(id), "", ada).Code, "it is gone")
		require.Equal(t, http.StatusConflict, h.request("GET", path, "", ada).Code)
		gone := answer[verdict](t, h.request("POST", "/personal/incheckning/scans", h.scan(moved.Packed, "2"), door))
		require.Equal(t, "cancelled", gone.Code)
	})
}

func TestWhoMayAskForWhat(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		id := h.booked(t)
		ada, bo := h.signin.cookie(customer, h.ada), h.signin.cookie(customer, h.bo)
		door, clerk := h.signin.cookie(staff, h.door), h.signin.cookie(staff, h.clerk)
		late, forged := *ada, *bo
		late.Value = signin{key: h.signin.key, now: func() time.Time { return evening.Add(-12 * time.Hour) }}.cookie(customer, h.ada).Value
		forged.Value = "kund.1" + forged.Value[len("kund.1"):] + "0"
		gone := h.signin.cookie(customer, 1<<40)
		token := "/konto/kod/bookings/" + outward(id) + "/token"
		today := "/personal/incheckning/today?venue=" + outward(h.venue)
		for _, c := range []struct {
			name, path string
			who        *http.Cookie
			want       int
		}{
			{"the guest", token, ada, 200},
			{"another guest", token, bo, 404},
			{"another guest, of the booking", "/konto/bookings/" + outward(id), bo, 404},
			{"nobody", token, nil, 401},
			{"nobody, of the list", "/konto/bookings", nil, 401},
			{"a session that is over", "/konto/bookings", &late, 401},
			{"a forged session", "/konto/bookings", &forged, 401},
			{"a guest who has left us", "/konto/bookings", gone, 401},
			{"staff where guests go", "/konto/bookings", door, 403},
			{"a guest where staff go", today, ada, 403},
			{"the door", today, door, 200},
			{"another venue's door", today, clerk, 404},
			{"the door, of a page that isn't", "/personal/incheckningen", door, 404},
		} {
			w := h.request("GET", c.path, "", c.who)
			require.Equal(t, c.want, w.Code, "%s: %s", c.name, w.Body)
		}
		r := httpUndo("x")
		r.AddCookie(door)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		require.Equal(t, http.StatusForbidden, h.serve(r).Code, "a form of another site")
	})
}

func TestAnEventIsActedUponOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, h *host) {
		id := h.booked(t)
		code, err := h.checkin.Issue(t.Context(), checkin.Key{TenantID: outward(h.chain), BookingID: outward(id)})
		require.NoError(t, err)
		_, err = h.checkin.Scan(t.Context(), checkin.ScanRequest{
			TenantID: outward(h.chain), VenueID: outward(h.venue), Text: code.Packed, Device: "door", Nonce: "1",
		})
		require.NoError(t, err)

		// We act, and end before check-in knows that we did.
		var event checkin.Event
		err = h.checkin.Relay(t.Context(), evening, func(ctx context.Context, e checkin.Event) error {
			event = e
			return errors.Join(h.store.follow(ctx, e), errStop)
		})
		require.ErrorIs(t, err, errStop)
		status, version := h.status(t, id)
		require.Equal(t, "incheckad", status)

		handed := 0
		require.NoError(t, h.checkin.Relay(t.Context(), evening.Add(time.Hour), func(ctx context.Context, e checkin.Event) error {
			handed++
			require.Equal(t, event, e)
			return h.store.follow(ctx, e)
		}))
		require.Equal(t, 1, handed, "so it comes again")
		_, after := h.status(t, id)
		require.Equal(t, version, after, "and changes nothing")
		require.Equal(t, 1, h.count(t, "SELECT count(*) FROM logg WHERE bokning_id = $1 AND vem = 'dörren'", id))

		require.ErrorContains(t, h.store.follow(t.Context(), checkin.Event{ID: "e", Subject: "b1"}), "no booking of ours")
	})
}
