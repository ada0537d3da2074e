package web

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinqr"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/text"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
)

// bookingData is the page of one booking.
type bookingData struct {
	item
	Opens   time.Time // of the door, where that is to come
	Note    string    // a text's key; empty for none
	Changes []change
}

// change is what may be done, or not, for the same reason: one line for all.
type change struct {
	Names   string // "Move booking and cancel booking"
	Allowed bool
	Until   time.Time // zero where time doesn't decide
	Reason  string    // a text's key, when it isn't allowed
}

func (s *Site) booking(w http.ResponseWriter, r *http.Request, who account.Session) error {
	v, err := s.cfg.Portal.Booking(r.Context(), customerKey(who), r.PathValue("id"))
	if err != nil {
		return err
	}
	d := bookingData{item: s.item(v), Note: note(v.Status), Changes: changes(v.Actions, text.For(edge.Language(r)))}
	if d.HasCode {
		token, err := s.cfg.Checkin.Issue(r.Context(), checkin.Key{TenantID: v.TenantID, BookingID: v.ID})
		switch {
		case err == nil:
			if now := s.cfg.Now(); now.Before(token.Claims.Opens) {
				d.Opens = token.Claims.Opens
			}
		case isNoToken(err):
			d.HasCode = false
		default:
			return err
		}
	}
	return s.render(w, r, http.StatusOK, "booking", d)
}

// isNoToken tells the errors of a booking without a code from faults.
func isNoToken(err error) bool {
	return errors.Is(err, checkin.ErrNotConfirmed) || errors.Is(err, checkin.ErrNotFound)
}

// note names the text about a state that wants one.
func note(status portal.Status) string {
	if status == portal.StatusConfirmed {
		return ""
	}
	return "booking.note." + strings.ToLower(string(status))
}

// changes joins the actions that have the same answer. Booking again is not
// among them: it changes nothing, and has a button of its own.
func changes(actions []portal.Action, p text.Printer) []change {
	var out []change
	var names [][]string
	for _, a := range actions {
		if a.Name == portal.Repeat {
			continue
		}
		c := change{Allowed: a.Allowed, Until: a.Until}
		if !a.Allowed {
			c.Reason = "booking.reason." + string(a.Reason)
		}
		name := p.T("booking.action." + string(a.Name))
		if last := len(out) - 1; last >= 0 && out[last].Allowed == c.Allowed && out[last].Until.Equal(c.Until) && out[last].Reason == c.Reason {
			names[last] = append(names[last], uncap(name))
			continue
		}
		out, names = append(out, c), append(names, []string{name})
	}
	for i := range out {
		out[i].Names = p.List(names[i])
	}
	return out
}

// uncap writes a label as a word inside a sentence.
func uncap(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[size:]
}

// qr draws the booking's code for the door.
func (s *Site) qr(w http.ResponseWriter, r *http.Request, who account.Session) error {
	v, err := s.cfg.Portal.Booking(r.Context(), customerKey(who), r.PathValue("id"))
	if err != nil {
		return err
	}
	token, err := s.cfg.Checkin.Issue(r.Context(), checkin.Key{TenantID: v.TenantID, BookingID: v.ID})
	if isNoToken(err) {
		return httpx.NotFound
	}
	if err != nil {
		return err
	}
	svg, err := checkinqr.SVG(token.Packed)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "private, no-store")
	return send(w, r, http.StatusOK, svg)
}
