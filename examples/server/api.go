package main

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinqr"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
)

// api mounts the packages' handlers and the server's own on mux.
func (a *App) api(mux *http.ServeMux) {
	errs := a.problems()
	me := http.NewServeMux()
	me.Handle("GET /me", errs.Handle(a.serveMe))
	mux.Handle("/me", errs.Mux(me))
	customers := a.Checkin.CustomerHandler(checkin.HandlerConfig{Identify: a.customer, DrawSVG: checkinqr.SVG})
	mux.Handle("/me/bookings/{id}/token", customers)
	mux.Handle("/me/bookings/{id}/qr.svg", customers)
	mux.Handle("/me/", a.Portal.CustomerHandler(portal.HandlerConfig{Identify: a.customer}))

	for pattern, need := range map[string]account.Permission{
		"/ops/checkin/scans": account.CheckinScan, "/ops/checkin/scans/{id}/undo": account.CheckinUndo, "/ops/checkin/today": account.TonightRead,
	} {
		mux.Handle(pattern, a.countScans(a.Checkin.OperatorHandler(checkin.HandlerConfig{Identify: a.operator(need)})))
	}
	ops := http.NewServeMux()
	ops.Handle("GET /ops/bookings", errs.Handle(a.listBookings))
	ops.Handle("POST /ops/bookings", errs.Handle(a.makeBooking))
	mux.Handle("/ops/", errs.Mux(ops))
}

func (a *App) serveMe(w http.ResponseWriter, r *http.Request) error {
	s, err := edge.Session(r)
	if errors.Is(err, account.ErrNoSession) {
		return httpx.Unauthenticated
	}
	if err != nil {
		return err
	}
	body := map[string]any{"id": s.SubjectID, "kind": s.Kind, "email": s.Email, "name": s.Name, "language": edge.Language(r)}
	if s.Kind == account.KindOperator {
		venues, err := a.venuesOf(r.Context(), s.TenantID, s.Role, s.Venues)
		if err != nil {
			return err
		}
		body["role"], body["venues"] = s.Role, venues
	}
	return httpx.WriteJSON(w, http.StatusOK, body)
}

// opsBooking is a booking as staff see it.
type opsBooking struct {
	ID           string         `json:"id"`
	Reference    string         `json:"reference"`
	Venue        string         `json:"venue"`
	ResourceType booking.Kind   `json:"resource_type"`
	Resources    []string       `json:"resources"`
	PartySize    int            `json:"party_size"`
	StartsAt     time.Time      `json:"starts_at"`
	EndsAt       time.Time      `json:"ends_at"`
	Status       booking.Status `json:"status"`
	Price        portal.Money   `json:"price"`
	Customer     *string        `json:"customer"` // id
	Revision     int64          `json:"revision"`
}

func opsBookingOf(b booking.Booking) opsBooking {
	out := opsBooking{
		ID: b.ID, Reference: b.Reference, Venue: b.VenueID, ResourceType: b.Kind, Resources: b.Resources, PartySize: b.PartySize,
		StartsAt: b.StartsAt, EndsAt: b.EndsAt, Status: b.Status, Price: portal.Money(b.Price), Revision: b.Revision,
	}
	if b.CustomerID != "" {
		out.Customer = &b.CustomerID
	}
	return out
}

// venue returns the venue of a request, where the caller may act for it.
func (a *App) venue(r *http.Request, need account.Permission, venueID string) (principal, booking.Venue, error) {
	p, err := a.operator(need)(r)
	if err != nil {
		return p, booking.Venue{}, err
	}
	if !p.MayActFor(venueID) {
		return p, booking.Venue{}, httpx.NotFound
	}
	v, err := a.Engine.Venue(r.Context(), booking.VenueKey{TenantID: p.TenantID, VenueID: venueID})
	return p, v, err
}

const bookingsCursor = "ops.bookings"

// listBookings: GET /ops/bookings?venue=&day=&limit=&cursor=, a venue's service
// day in the order of start. Hosts see today's only.
func (a *App) listBookings(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	_, v, err := a.venue(r, account.TonightRead, query.Get("venue"))
	if err != nil {
		return err
	}
	today := v.ServiceDay(a.now())
	day := today
	if text := query.Get("day"); text != "" {
		if day, err = booking.ParseDate(text); err != nil {
			return httpx.NewProblem(http.StatusBadRequest, "bad_day", "day is not a date such as 2026-11-22.", "day är inte ett datum som 2026-11-22.")
		}
	}
	if day != today {
		if _, err := a.operator(account.BookingsRead)(r); err != nil {
			return err
		}
	}
	limit, err := httpx.Limit(r)
	if err != nil {
		return err
	}
	after, err := httpx.After(r, bookingsCursor)
	if err != nil {
		return err
	}
	var from booking.Position
	if after != nil {
		from = booking.Position{StartsAt: after.At, ID: after.ID}
	}
	rows, err := a.Engine.VenueDay(r.Context(), v.Key(), day, from, limit+1)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, httpx.NewPage(rows, limit, opsBookingOf, bookingsCursor, func(b booking.Booking) httpx.Position {
		return httpx.Position{At: b.StartsAt, ID: b.ID}
	}))
}

// makeBooking: POST /ops/bookings, for customers at the phone and at the bar.
func (a *App) makeBooking(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Venue         string       `json:"venue"`
		ResourceType  booking.Kind `json:"resource_type"`
		ResourceID    string       `json:"resource_id"`
		ResourceCount int          `json:"resource_count"`
		StartsAt      time.Time    `json:"starts_at"`
		Minutes       int          `json:"minutes"`
		PartySize     int          `json:"party_size"`
		Package       string       `json:"package"`
		WalkIn        bool         `json:"walk_in"`
		Customer      *contact     `json:"customer"`
	}
	if _, err := a.operator(account.TonightWrite)(r); err != nil {
		return err
	}
	key, err := httpx.IdempotencyKey(r)
	if err != nil {
		return err
	}
	if err := httpx.DecodeJSON(w, r, &body, 16<<10); err != nil {
		return err
	}
	// Before it is multiplied: what overflows may end up as a length that fits.
	if longest := int(booking.MaxDuration / time.Minute); body.Minutes < 0 || body.Minutes > longest {
		return httpx.Invalid(wrong("/minutes", "range"))
	}
	p, v, err := a.venue(r, account.TonightWrite, body.Venue)
	if err != nil {
		return err
	}
	if v.ServiceDay(body.StartsAt) != v.ServiceDay(a.now()) {
		if _, err := a.operator(account.BookingsWrite)(r); err != nil {
			return err
		}
	}
	request := booking.Request{
		TenantID: p.TenantID, IdempotencyKey: "ops:" + key, VenueID: body.Venue, Kind: body.ResourceType, ResourceID: body.ResourceID,
		ResourceCount: body.ResourceCount, StartsAt: body.StartsAt, Duration: time.Duration(body.Minutes) * time.Minute,
		PartySize: body.PartySize, PackageID: body.Package, Channel: booking.ChannelPhone,
	}
	if body.WalkIn {
		request.Channel = booking.ChannelWalkIn
	}
	b, err := a.bookFor(r, request, body.Customer)
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusCreated, opsBookingOf(b))
}

// contact is a customer as staff knows them.
type contact struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

// bookFor books for a customer, or for nobody. Who isn't known becomes a
// customer with the booking, and not without it.
func (a *App) bookFor(r *http.Request, request booking.Request, who *contact) (b booking.Booking, err error) {
	ctx := r.Context()
	if who == nil {
		return a.Engine.Book(ctx, request)
	}
	err = a.Accounts.EnsureFor(ctx, request.TenantID, who.Email, who.Name, edge.Tenant(r).Language(), func(tx bunx.Tx, c account.Customer) (err error) {
		request.CustomerID = c.ID
		b, err = a.Engine.WithTx(tx).Book(ctx, request)
		return err
	})
	return b, err
}

var bookingProblems = []httpx.Mapping{
	{Err: booking.ErrNotFound, Problem: httpx.NotFound},
	{Err: booking.ErrConflict, Problem: httpx.Conflict},
	{Err: booking.ErrIdempotencyMismatch, Problem: httpx.NewProblem(http.StatusUnprocessableEntity, "idempotency_mismatch",
		"The Idempotency-Key was used for another request.", "Idempotency-Key har använts för en annan begäran.")},
	{Err: account.ErrInvalid, Problem: httpx.Invalid()},
}

// bookingProblem gives the engine's errors that carry data their members.
func bookingProblem(err error) *httpx.Problem {
	var unavailable *booking.UnavailableError
	if errors.As(err, &unavailable) {
		type slot struct {
			StartsAt time.Time `json:"starts_at"`
			EndsAt   time.Time `json:"ends_at"`
		}
		slots := make([]slot, len(unavailable.Alternatives))
		for i, s := range unavailable.Alternatives {
			slots[i] = slot{s.StartsAt, s.EndsAt}
		}
		return httpx.NewProblem(http.StatusConflict, "unavailable",
			"Nothing is free at that time.", "Inget är ledigt då.").WithMember("alternatives", slots)
	}
	var invalid *booking.InvalidError
	if errors.As(err, &invalid) {
		p := httpx.Invalid()
		for _, f := range invalid.Fields {
			p = p.WithErrors(wrong("/"+cmp.Or(memberOf[f.Name], f.Name), f.Problem))
		}
		return p
	}
	var person *account.InvalidError
	if errors.As(err, &person) {
		return httpx.Invalid(wrong("/customer/"+person.Field, person.Problem))
	}
	return nil
}

// memberOf names the members of the request's body where the engine's fields
// are called otherwise.
var memberOf = map[string]string{
	"venue_id": "venue", "kind": "resource_type", "duration": "minutes", "package_id": "package", "customer_id": "customer",
}

func wrong(pointer, code string) httpx.FieldError {
	return httpx.NewFieldError(pointer, code, "This value is not right.", "Värdet stämmer inte.")
}
