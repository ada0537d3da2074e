package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/internal/httpx"
)

// Sealer signs what an address carries, and reads it back. Its tokens of one
// purpose or tenant are no other's.
type Sealer interface {
	Seal(purpose, tenant string, payload []byte) string
	Open(purpose, tenant, token string) (payload []byte, err error)
}

// sealBooked is the purpose of the addresses of pages that say it's done.
const sealBooked = "web/booked"

// confirmPage is the last page before booking.
type confirmPage struct {
	*plan
	Offer    booking.Slot
	Food     booking.Money // the package for everyone
	Total    booking.Money
	Customer *account.Session // who books, when signed in
	Key      string           // names the booking that the page's button makes, once
	Limited  string           // the key of the text that says why nothing was booked now; "" for none
	Wait     int              // minutes until it can be
}

// confirm shows the whole of a plan and asks who comes.
func (s *Site) confirm(w http.ResponseWriter, r *http.Request, p *plan) error {
	return s.renderConfirm(w, r, http.StatusOK, p, confirmPage{Key: rand.Text()})
}

func (s *Site) renderConfirm(w http.ResponseWriter, r *http.Request, status int, p *plan, d confirmPage) error {
	return s.offered(w, r, p, func(o booking.Slot) error {
		if _, bad := p.Faults["package"]; bad {
			return s.render(w, r, http.StatusUnprocessableEntity, "book-package", packageData{p, o})
		}
		d.plan, d.Offer, d.Customer = p, o, signedIn(r)
		d.Food = booking.Money{Amount: p.Package.PricePerPerson * int64(p.Party), Currency: p.House.Currency}
		d.Total = booking.Money{Amount: o.Price.Amount + d.Food.Amount, Currency: p.House.Currency}
		return s.render(w, r, status, "book-confirm", d)
	})
}

// signedIn returns the customer's session, or nil: staff books for others.
func signedIn(r *http.Request) *account.Session {
	if who, err := edge.Session(r); err == nil && who.Kind == account.KindCustomer {
		return &who
	}
	return nil
}

// book makes the booking of the page's key, once however often it is asked to.
// It looks at what is free only by booking: a second click must meet its own
// booking, not a full house.
func (s *Site) book(w http.ResponseWriter, r *http.Request, p *plan) error {
	key := r.PostForm.Get("key")
	if key == "" || len(key) > 64 {
		return httpx.BadRequest
	}
	p.Carried = true
	if _, bad := p.Faults["package"]; bad || !p.timely() {
		return s.renderConfirm(w, r, http.StatusUnprocessableEntity, p, confirmPage{Key: key})
	}
	if signedIn(r) == nil {
		p.checkContact()
	}
	var b booking.Booking
	var err error
	if len(p.Faults) == 0 {
		b, err = s.bookOnce(r, p, key)
	}
	var full *booking.UnavailableError
	var wrong *account.InvalidError
	var invalid *booking.InvalidError
	var tooMany *account.TooManyError
	switch {
	case errors.As(err, &wrong):
		p.faultOf(wrong)
	case errors.As(err, &full):
		return s.retime(w, r, p, full.Alternatives)
	case errors.As(err, &tooMany):
		wait := minutes(tooMany.RetryAfter)
		w.Header().Set("Retry-After", strconv.Itoa(60*wait))
		return s.renderConfirm(w, r, http.StatusTooManyRequests, p, confirmPage{Key: key, Limited: "wizard.limited.often", Wait: wait})
	case errors.Is(err, errManyOpen):
		return s.renderConfirm(w, r, http.StatusTooManyRequests, p, confirmPage{Key: key, Limited: "wizard.limited.open"})
	case errors.Is(err, booking.ErrIdempotencyMismatch):
		return s.render(w, r, http.StatusConflict, "book-used", p)
	case errors.As(err, &invalid):
		return httpx.BadRequest.WithCause(err)
	case err != nil:
		return err
	}
	if len(p.Faults) > 0 {
		return s.renderConfirm(w, r, http.StatusUnprocessableEntity, p, confirmPage{Key: key})
	}
	next := "/account/bookings/" + b.ID
	if signedIn(r) == nil {
		next = "/book/done/" + s.cfg.Secrets.Seal(sealBooked, b.TenantID, []byte(b.ID))
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// maxOpen is how many bookings to come an address can have by the pages of the
// wizard before one has to sign in for more.
const maxOpen = 4

var (
	errManyOpen = errors.New("web: too many open bookings of the address")
	errBooked   = errors.New("web: the page has booked already")
)

// bookOnce makes the booking, and the customer where there is none: both or
// neither. Who has signed in isn't limited: a session is somebody's.
func (s *Site) bookOnce(r *http.Request, p *plan, key string) (b booking.Booking, err error) {
	ctx, tenant := r.Context(), edge.Tenant(r).ID
	if who := signedIn(r); who != nil {
		return s.cfg.Engine.Book(ctx, p.request(key, who.SubjectID))
	}
	_, err = edge.Session(r)
	stranger := errors.Is(err, account.ErrNoSession)
	err = s.cfg.Accounts.EnsureFor(ctx, tenant, p.Email, p.Name, edge.Language(r), func(tx bunx.Tx, c account.Customer) error {
		engine, want := s.cfg.Engine.WithTx(tx), p.request(key, c.ID)
		var limit error
		if stranger {
			// First, since it keeps away other bookings of the address.
			limit = s.cfg.Accounts.WithTx(tx).CountBooking(ctx, tenant, p.Email, edge.ClientAddr(r))
			if limit != nil && !errors.Is(limit, account.ErrTooMany) {
				return limit
			}
		}
		var err error
		if b, err = engine.Booked(ctx, want); err == nil {
			return errBooked // which neither counts nor meets a limit
		}
		if !errors.Is(err, booking.ErrNotFound) {
			return err
		}
		if stranger && limit == nil {
			limit = s.checkOpen(ctx, engine, tenant, c.ID)
		}
		if limit != nil {
			return limit
		}
		b, err = engine.Book(ctx, want)
		return err
	})
	if errors.Is(err, errBooked) {
		err = nil
	}
	return b, err
}

// checkOpen returns errManyOpen for a customer with maxOpen bookings to come.
func (s *Site) checkOpen(ctx context.Context, e *booking.Engine, tenant, customer string) error {
	page, err := e.CustomerPage(ctx, booking.CustomerKey{TenantID: tenant, CustomerID: customer}, booking.BucketUpcoming,
		s.cfg.Now(), booking.Position{}, 100)
	if err != nil {
		return err
	}
	open := 0
	for _, b := range page {
		if b.Channel == booking.ChannelWeb && b.Status.Live() {
			open++
		}
	}
	if open >= maxOpen {
		return errManyOpen
	}
	return nil
}

// checkContact adds a fault for what is missing of who books.
func (p *plan) checkContact() {
	if strings.TrimSpace(p.Name) == "" {
		p.fault("name", "name", 0)
	}
	if _, err := account.Address(p.Email); err != nil {
		p.fault("email", "email", 0)
	}
}

// faultOf says what the accounts refuse.
func (p *plan) faultOf(e *account.InvalidError) {
	if e.Field == "email" {
		p.fault("email", "email", 0)
	} else {
		p.fault("name", "characters", 0)
	}
}

// request is what the plan asks of the engine. It is paid at the venue, and so
// confirmed at once.
func (p *plan) request(key, customer string) booking.Request {
	r := booking.Request{
		// Keys of other ways to book are never met.
		TenantID: p.House.TenantID, IdempotencyKey: "web:" + key, VenueID: p.House.ID, Kind: p.Kind, StartsAt: p.At,
		PartySize: p.Party, ResourceID: p.Event.ID, PackageID: p.Package.ID, CustomerID: customer, Channel: booking.ChannelWeb,
	}
	if p.Kind != booking.Event {
		r.Duration = p.length()
	}
	return r
}

// bookedPage says that it is done, to whoever has its address: it names nobody.
type bookedPage struct {
	booking.Booking
	Venue     booking.Venue
	Resources []string // names
	Package   string   // name
}

// Zone is where its times are shown.
func (b bookedPage) Zone() *time.Location { return b.Venue.Location() }

func (s *Site) booked(w http.ResponseWriter, r *http.Request) error {
	tenant := edge.Tenant(r).ID
	id, err := s.cfg.Secrets.Open(sealBooked, tenant, r.PathValue("token"))
	if err != nil {
		return httpx.NotFound.WithCause(err)
	}
	b, err := s.cfg.Engine.Get(r.Context(), booking.Key{TenantID: tenant, ID: string(id)})
	if err != nil {
		return err
	}
	if b.Status != booking.Confirmed && b.Status != booking.CheckedIn || !s.cfg.Now().Before(b.EndsAt) {
		return httpx.NotFound // what it promises no longer holds
	}
	d, err := s.describe(r.Context(), b, edge.Language(r))
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "book-done", d)
}

// describe adds the names of what is booked.
func (s *Site) describe(ctx context.Context, b booking.Booking, lang string) (d bookedPage, err error) {
	d.Booking = b
	key := booking.VenueKey{TenantID: b.TenantID, VenueID: b.VenueID}
	if d.Venue, err = s.cfg.Engine.Venue(ctx, key); err != nil {
		return d, err
	}
	names, err := s.resourceNames(ctx, key)
	if err != nil {
		return d, err
	}
	d.Resources = named(names, b.Resources)
	packages, err := s.cfg.Engine.Packages(ctx, key)
	for _, p := range packages {
		if p.ID == b.PackageID {
			d.Package = p.Name[lang]
		}
	}
	return d, err
}

// resourceNames returns the names of a venue's resources by id.
func (s *Site) resourceNames(ctx context.Context, key booking.VenueKey) (map[string]string, error) {
	all, err := s.cfg.Engine.Resources(ctx, key, "")
	names := make(map[string]string, len(all))
	for _, r := range all {
		names[r.ID] = r.Name
	}
	return names, err
}

func named(names map[string]string, ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = names[id]
	}
	return out
}
