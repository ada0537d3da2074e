package checkin

import (
	"net/http"
	"time"

	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/internal/principal"
)

// Principal is the caller of a request, as the host's Identify names it:
// TenantID; Subject, the customer's or the member of staff's id; and, for
// staff, Venues, each of the venues they may act for (none of them is listed
// means none at all). It is one type for all packages of venuekit.
type Principal = principal.Principal

// ErrUnauthenticated is for a host's Identify to return when nobody is signed
// in: the answer is 401. It is one value for all packages of venuekit. Any
// other error of Identify is a fault of the host's, and answered with a 500.
var ErrUnauthenticated error = httpx.Unauthenticated

// ErrForbidden is for a host's Identify to return when whoever is signed in
// may not be here: the answer is 403.
var ErrForbidden error = httpx.Forbidden

// HandlerConfig says how the handlers are mounted. Identify is required.
type HandlerConfig struct {
	// BasePath is the path that the handler is mounted at; it begins with a
	// slash, and "/" alone is for routers that cut the prefix off. A router that
	// goes by prefixes gives each package's handler a base of its own. Default
	// "/me" for customers, "/ops/checkin" for operators.
	BasePath string
	// Identify names the caller. The tenant of everything that is read or
	// written comes from it alone; who may reach the handler at all is for the
	// host to guard.
	Identify func(*http.Request) (Principal, error)
	// DrawSVG draws the QR code of a text; checkinqr.SVG does. Default none:
	// the picture isn't served.
	DrawSVG func(text string) ([]byte, error)
}

var problems = []httpx.Mapping{
	{Err: ErrNotFound, Problem: httpx.NotFound},
	{Err: ErrNotConfirmed, Problem: httpx.NewProblem(http.StatusConflict, "not_confirmed",
		"The booking is not confirmed, so it has no code.", "Bokningen är inte bekräftad och har därför ingen kod.")},
	{Err: ErrNothingToUndo, Problem: httpx.NewProblem(http.StatusConflict, "nothing_to_undo",
		"This check-in was already taken back.", "Incheckningen är redan ångrad.")},
	{Err: ErrConflict, Problem: httpx.NewProblem(http.StatusConflict, "nonce_reused",
		"The nonce was used for another code.", "Koden för upprepning har använts för något annat.")},
	{Err: ErrInvalid, Problem: httpx.NewProblem(http.StatusUnprocessableEntity, "invalid",
		"Some values are not right.", "Några värden stämmer inte.")},
}

// face is what the handlers of every audience share.
type face struct {
	svc *Service
	cfg HandlerConfig
	mux *http.ServeMux
	err httpx.Errors
}

func newFace(s *Service, cfg HandlerConfig, base string) *face {
	if cfg.Identify == nil {
		panic("checkin: HandlerConfig.Identify is required")
	}
	cfg.BasePath = httpx.BasePath("checkin", cfg.BasePath, base)
	return &face{s, cfg, http.NewServeMux(), httpx.Errors{Problems: problems, Logger: s.cfg.Logger, NewID: s.cfg.NewID}}
}

// handle mounts h at a method and a path below the base, for identified callers.
func (f *face) handle(method, path string, h func(w http.ResponseWriter, r *http.Request, p Principal) error) {
	f.mux.Handle(method+" "+f.cfg.BasePath+path, f.err.Handle(func(w http.ResponseWriter, r *http.Request) error {
		p, err := f.cfg.Identify(r)
		if err != nil {
			return err
		}
		if found(p.TenantID, p.Subject) != nil {
			return ErrUnauthenticated // a session of nobody
		}
		return h(w, r, p)
	}))
}

// CustomerHandler serves the signed-in customer's own bookings:
//
//	GET {base}/bookings/{id}/token   {"token", "packed", "opens_at", "expires_at"}
//	GET {base}/bookings/{id}/qr.svg  the packed token as a picture, with HandlerConfig.DrawSVG
//
// Another's booking is the same 404 as none. Beside another handler below the
// same base, such as package portal's, mount it at these two patterns:
//
//	mux.Handle("/me/bookings/{id}/token", h)
//	mux.Handle("/me/bookings/{id}/qr.svg", h)
//
// It panics without Identify.
func (s *Service) CustomerHandler(cfg HandlerConfig) http.Handler {
	f := newFace(s, cfg, "/me")
	f.handle("GET", "/bookings/{id}/token", f.token)
	if cfg.DrawSVG != nil {
		f.handle("GET", "/bookings/{id}/qr.svg", f.picture)
	}
	return f.err.Mux(f.mux)
}

// issue returns the token of the caller's own booking: of the very state in
// which it is the caller's.
func (f *face) issue(r *http.Request, p Principal) (Token, error) {
	state, err := f.svc.Booking(r.Context(), Key{p.TenantID, r.PathValue("id")})
	if err != nil {
		return Token{}, err
	}
	mine, err := f.svc.holds(r.Context(), CustomerKey{p.TenantID, p.Subject}, state.Booking)
	if err != nil {
		return Token{}, err
	}
	if !mine {
		return Token{}, ErrNotFound
	}
	return f.svc.issue(r.Context(), state.Booking)
}

func (f *face) token(w http.ResponseWriter, r *http.Request, p Principal) error {
	t, err := f.issue(r, p)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, map[string]any{
		"token": t.JWT, "packed": t.Packed, "opens_at": t.Claims.Opens, "expires_at": t.Claims.Expires,
	})
}

func (f *face) picture(w http.ResponseWriter, r *http.Request, p Principal) error {
	t, err := f.issue(r, p)
	if err != nil {
		return err
	}
	svg, err := f.cfg.DrawSVG(t.Packed)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Security-Policy", "default-src 'none'")
	_, err = w.Write(svg)
	return err
}

// OperatorHandler serves hosts at the door and their devices:
//
//	POST {base}/scans            {"token", "venue", "nonce", "guests"}: judge and record
//	POST {base}/scans/{id}/undo  take a check-in back; wants an Idempotency-Key
//	GET  {base}/today?venue=&from=&until=&limit=&cursor=  a venue's bookings with their admissions,
//	                             by default those that start within twelve hours of now, at most
//	                             36 hours either way, 50 to a page
//
// The caller is the scans' Device: a nonce is unique over all devices on which
// one person is signed in, and best random.
//
// Bodies are application/json. A verdict on a booking is 200 with its code; a
// text that names none of the tenant's bookings is a 422 problem with the same
// code. The status of a booking is the host's, which follows by the relay: just
// after a check-in it still says CONFIRMED. The caller acts at their own
// Venues, and another is 404; of a booking that is at another venue they are
// told where and when it is, and no more. It panics without Identify.
func (s *Service) OperatorHandler(cfg HandlerConfig) http.Handler {
	f := newFace(s, cfg, "/ops/checkin")
	f.handle("POST", "/scans", f.scan)
	f.handle("POST", "/scans/{id}/undo", f.undo)
	f.handle("GET", "/today", f.today)
	return f.err.Mux(f.mux)
}

// maxBody bounds a request's body; the token in it is at most 1 KiB.
const maxBody = 8 << 10

func (f *face) scan(w http.ResponseWriter, r *http.Request, p Principal) error {
	var body struct {
		Token  string `json:"token"`
		Venue  string `json:"venue"`
		Nonce  string `json:"nonce"`
		Guests int    `json:"guests"`
	}
	if err := httpx.DecodeJSON(w, r, &body, maxBody); err != nil {
		return err
	}
	var faults []httpx.FieldError
	if !ids.Valid(body.Nonce) {
		faults = append(faults, httpx.NewFieldError("/nonce", "bad_nonce", "1 to 64 characters, new for each scan.", "1 till 64 tecken, nya för varje skanning."))
	}
	if body.Guests < 0 || body.Guests > maxGuests {
		faults = append(faults, httpx.NewFieldError("/guests", "out_of_range", "A number from 0 to 1000.", "Ett tal från 0 till 1000."))
	}
	if faults != nil {
		return httpx.Invalid(faults...)
	}
	if !p.MayActFor(body.Venue) {
		return ErrNotFound
	}
	v, err := f.svc.Scan(r.Context(), ScanRequest{
		TenantID: p.TenantID, VenueID: body.Venue, Text: body.Token, Device: p.Subject, Nonce: body.Nonce, Guests: body.Guests,
	})
	if err != nil {
		return err
	}
	if v.State == nil && v.Code != Provisional {
		return httpx.NewProblem(http.StatusUnprocessableEntity, string(v.Code), v.Code.Text("en"), v.Code.Text("sv"))
	}
	return httpx.WriteJSON(w, http.StatusOK, verdictBody(v, body.Venue, httpx.Language(r)))
}

func (f *face) undo(w http.ResponseWriter, r *http.Request, p Principal) error {
	nonce, err := httpx.IdempotencyKey(r)
	if err != nil {
		return err
	}
	undo := UndoRequest{TenantID: p.TenantID, ScanID: r.PathValue("id"), By: p.Subject, Nonce: nonce}
	if err := undo.validate(); err != nil {
		return err
	}
	scan, err := f.svc.stores.Scans.Scan(r.Context(), p.TenantID, undo.ScanID)
	if err != nil {
		return err
	}
	if !p.MayActFor(scan.VenueID) {
		return ErrNotFound
	}
	state, err := f.svc.Undo(r.Context(), undo)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, map[string]any{"booking": bookingOf(state)})
}

const dayCursor = "checkin.day"

func (f *face) today(w http.ResponseWriter, r *http.Request, p Principal) error {
	venue := r.URL.Query().Get("venue")
	if !p.MayActFor(venue) {
		return ErrNotFound
	}
	limit, err := httpx.Limit(r)
	if err != nil {
		return err
	}
	after, err := httpx.After(r, dayCursor)
	if err != nil {
		return err
	}
	now := f.svc.cfg.Now()
	q := DayQuery{TenantID: p.TenantID, VenueID: venue, Limit: limit + 1}
	if after != nil {
		// The day doesn't move while its pages are read.
		now, q.After = after.AsOf, Position{StartsAt: after.At, BookingID: after.ID}
		if after.Key != venue || !usual(now) || !usual(after.At) || !ids.Valid(after.ID) {
			return httpx.BadCursor
		}
	}
	if q.From, err = timeOf(r, "from", now, -12*time.Hour); err != nil {
		return err
	}
	if q.Until, err = timeOf(r, "until", now, 12*time.Hour); err != nil {
		return err
	}
	rows, err := f.svc.Day(r.Context(), q)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, httpx.NewPage(rows, limit, bookingOf, dayCursor, func(s State) httpx.Position {
		return httpx.Position{At: s.Booking.StartsAt, ID: s.Booking.ID, Key: venue, AsOf: now}
	}))
}

// reach is how far from now the door's list goes: it is no archive.
const reach = 36 * time.Hour

// timeOf reads a time of the query near now, or returns the default.
func timeOf(r *http.Request, name string, now time.Time, otherwise time.Duration) (time.Time, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return now.Add(otherwise), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Before(now.Add(-reach)) || at.After(now.Add(reach)) {
		return at, httpx.NewProblem(http.StatusBadRequest, "bad_time",
			name+" is not an RFC 3339 time within 36 hours of now.", name+" är inte en tid enligt RFC 3339 inom 36 timmar från nu.")
	}
	return at, nil
}

// bookingJSON is a booking at the door: no name, mail or price.
type bookingJSON struct {
	ID        string    `json:"id"`
	Venue     string    `json:"venue"`
	Reference string    `json:"reference"`
	StartsAt  time.Time `json:"starts_at"`
	EndsAt    time.Time `json:"ends_at"`
	Status    Status    `json:"status"`
	PartySize int       `json:"party_size"`
	Arrived   int       `json:"arrived"` // people
	First     *first    `json:"first"`   // the check-in, null before it
}

type first struct {
	Scan   string    `json:"scan"`
	At     time.Time `json:"at"`
	Device string    `json:"device"`
}

func bookingOf(s State) bookingJSON {
	b := s.Booking
	out := bookingJSON{
		ID: b.ID, Venue: b.VenueID, Reference: b.Reference, StartsAt: b.StartsAt, EndsAt: b.EndsAt,
		Status: b.Status, PartySize: b.PartySize, Arrived: s.Admission.Guests,
	}
	if s.Admission.In() {
		out.First = &first{s.Admission.ScanID, s.Admission.At, s.Admission.Device}
	}
	return out
}

// elsewhereJSON is all that a venue is told of another's booking.
type elsewhereJSON struct {
	Venue    string    `json:"venue"`
	StartsAt time.Time `json:"starts_at"`
	EndsAt   time.Time `json:"ends_at"`
}

func verdictBody(v Verdict, venue, lang string) map[string]any {
	body := map[string]any{"code": v.Code, "text": v.Code.Text(lang), "scan": v.Scan.ID, "booking": nil, "first": nil}
	switch {
	case v.State == nil:
	case v.State.Booking.VenueID != venue:
		b := v.State.Booking
		body["elsewhere"] = elsewhereJSON{b.VenueID, b.StartsAt, b.EndsAt}
	default:
		b := bookingOf(*v.State)
		body["booking"], body["first"] = b, b.First
	}
	if v.Code == TooEarly {
		body["opens_at"] = v.Opens
	}
	return body
}
