package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/text"
	"github.com/petanque-life/venuekit/internal/httpx"
)

// scannerPage is where a host scans.
type scannerPage struct {
	desk
	Verdict *verdict // on the last scan; nil before the first
	Undone  bool     // the last check-in was taken back
	Missing bool     // there was no code
	Nonce   string   // of the next scan: sent again, it gets the first answer
}

// Path is where the page is.
func (scannerPage) Path() string { return "/console/checkin" }

func (s *Site) scanner(w http.ResponseWriter, r *http.Request, who account.Session) error {
	d, err := s.desk(w, r, who)
	if err != nil {
		return err
	}
	return s.renderScanner(w, r, http.StatusOK, scannerPage{desk: d})
}

// renderScanner answers with the page, or with the verdict alone for the module
// that puts it there.
func (s *Site) renderScanner(w http.ResponseWriter, r *http.Request, status int, p scannerPage) error {
	if isFragment(r) && status == http.StatusOK {
		return s.fragment(w, r, "checkin", "verdict", p)
	}
	p.Nonce = rand.Text()
	return s.render(w, r, status, "checkin", p)
}

func (s *Site) scan(w http.ResponseWriter, r *http.Request, who account.Session) error {
	d, err := s.desk(w, r, who)
	if err != nil {
		return err
	}
	if strings.TrimSpace(r.PostForm.Get("code")) == "" {
		return s.renderScanner(w, r, http.StatusUnprocessableEntity, scannerPage{desk: d, Missing: true})
	}
	v, err := s.judge(r, d)
	if err != nil {
		return err
	}
	return s.renderScanner(w, r, http.StatusOK, scannerPage{desk: d, Verdict: v})
}

func (s *Site) undo(w http.ResponseWriter, r *http.Request, who account.Session) error {
	d, err := s.desk(w, r, who)
	if err != nil {
		return err
	}
	if err := s.takeBack(r, d); err != nil {
		return err
	}
	return s.renderScanner(w, r, http.StatusOK, scannerPage{desk: d, Undone: true})
}

// judge scans the form's code at the desk's venue.
func (s *Site) judge(r *http.Request, d desk) (*verdict, error) {
	code := strings.TrimSpace(r.PostForm.Get("code"))
	guests, err := strconv.Atoi(cmp.Or(r.PostForm.Get("guests"), "1"))
	if err != nil || guests < 1 {
		return nil, httpx.BadRequest
	}
	v, err := s.cfg.Checkin.Scan(r.Context(), checkin.ScanRequest{
		TenantID: d.Who.TenantID, VenueID: d.Venue.ID, Text: code, Device: d.Who.SubjectID, Nonce: r.PostForm.Get("nonce"), Guests: guests,
	})
	switch {
	case errors.Is(err, checkin.ErrInvalid):
		return nil, httpx.BadRequest.WithCause(err)
	case errors.Is(err, checkin.ErrConflict):
		return nil, httpx.Conflict.WithCause(err)
	case err != nil:
		return nil, err
	}
	return s.verdict(r, d, v, code)
}

// takeBack undoes the check-in of the form's booking. One that is taken back
// already stays so.
func (s *Site) takeBack(r *http.Request, d desk) error {
	state, err := s.cfg.Checkin.Booking(r.Context(), checkin.Key{TenantID: d.Who.TenantID, BookingID: r.PostForm.Get("booking")})
	if err != nil {
		return err
	}
	if state.Booking.VenueID != d.Venue.ID {
		return checkin.ErrNotFound
	}
	scan := r.PostForm.Get("scan")
	switch state.Admission.ScanID {
	case "":
		return nil
	case scan:
	default: // somebody has checked them in anew
		return httpx.Conflict
	}
	_, err = s.cfg.Checkin.Undo(r.Context(), checkin.UndoRequest{
		TenantID: d.Who.TenantID, ScanID: scan, By: d.Who.SubjectID, Nonce: r.PostForm.Get("nonce"),
	})
	switch {
	case errors.Is(err, checkin.ErrNothingToUndo):
		return nil // of two at once, the other did it
	case errors.Is(err, checkin.ErrInvalid):
		return httpx.BadRequest.WithCause(err)
	case errors.Is(err, checkin.ErrConflict):
		return httpx.Conflict.WithCause(err)
	}
	return err
}

// verdict is what the host is told of a scan.
type verdict struct {
	Code    checkin.Code
	Title   string
	Line    string
	Booking *checkin.State // nil where nothing of it may be shown
	What    string         // the names of what is booked
	By      string         // who checked it in first; empty for this scan
	Undo    string         // the scan that can be taken back; empty for none
	Nonce   string         // of that
}

// Tone is good, warn or bad: to let in, to look at, to refuse.
func (v verdict) Tone() string {
	switch v.Code {
	case checkin.OK:
		return "good"
	case checkin.AlreadyCheckedIn, checkin.TooEarly, checkin.Provisional:
		return "warn"
	}
	return "bad"
}

func (s *Site) verdict(r *http.Request, d desk, v checkin.Verdict, typed string) (*verdict, error) {
	ctx, p := r.Context(), text.For(edge.Language(r))
	out := &verdict{Code: v.Code, Title: p.T("verdict." + string(v.Code) + ".title"), Nonce: rand.Text()}
	var err error
	if out.Line, err = s.verdictLine(ctx, p, v, typed); err != nil || v.State == nil || v.State.Booking.VenueID != d.Venue.ID {
		return out, err
	}
	out.Booking = v.State
	if out.What, err = s.what(ctx, v.State.Booking); err != nil {
		return out, err
	}
	in := v.State.Admission
	if v.Code == checkin.AlreadyCheckedIn {
		out.By, err = s.deviceName(ctx, d.Who.TenantID, in.Device)
	}
	if v.Code == checkin.OK && in.ScanID == v.Scan.ID && d.Who.Can(account.CheckinUndo) {
		out.Undo = in.ScanID
	}
	return out, err
}

// verdictLine is the sentence below the verdict's title.
func (s *Site) verdictLine(ctx context.Context, p text.Printer, v checkin.Verdict, typed string) (string, error) {
	key := "verdict." + string(v.Code) + ".line"
	if v.State == nil {
		if ref, ok := booking.ParseReference(typed); ok && v.Code == checkin.BadToken {
			return p.T("console.checkin.reference.error", "reference", ref), nil
		}
		return p.T(key), nil
	}
	b := v.State.Booking
	venue, err := s.cfg.Engine.Venue(ctx, booking.VenueKey{TenantID: b.TenantID, VenueID: b.VenueID})
	if err != nil {
		return "", err
	}
	when := func(at time.Time) string { return p.When(at, s.cfg.Now(), venue.Location()) }
	switch v.Code {
	case checkin.AlreadyCheckedIn:
		return p.T(key, "when", when(v.State.Admission.At)), nil
	case checkin.TooEarly:
		return p.T(key, "when", when(v.Opens)), nil
	case checkin.TooLate:
		return p.T(key, "when", when(b.EndsAt)), nil
	case checkin.WrongVenue:
		return p.T(key, "venue", venue.Name, "when", when(b.StartsAt)), nil
	case checkin.Superseded:
		return p.T(key) + " " + p.T("verdict.superseded.slot", "venue", venue.Name, "when", when(b.StartsAt)), nil
	}
	return p.T(key), nil
}

// what names what a booking is of. The door may know of bookings that the
// engine doesn't, for a moment.
func (s *Site) what(ctx context.Context, b checkin.Booking) (string, error) {
	full, err := s.cfg.Engine.Get(ctx, booking.Key{TenantID: b.TenantID, ID: b.ID})
	if errors.Is(err, booking.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	names, err := s.resourceNames(ctx, booking.VenueKey{TenantID: full.TenantID, VenueID: full.VenueID})
	return strings.Join(named(names, full.Resources), ", "), err
}

// deviceName is who stands behind a device: a person's own is their id.
func (s *Site) deviceName(ctx context.Context, tenantID, device string) (string, error) {
	o, err := s.cfg.Accounts.Operator(ctx, account.Key{TenantID: tenantID, ID: device})
	if errors.Is(err, account.ErrNotFound) {
		return device, nil
	}
	return cmp.Or(o.Name, o.Email), err
}
