package portal

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/internal/ids"
)

// The number of bookings on a page.
const (
	DefaultLimit = httpx.DefaultLimit // 50
	MaxLimit     = httpx.MaxLimit     // 100
)

// Config adjusts a Service. The zero value works.
type Config struct {
	// Now is the clock. Default time.Now.
	Now func() time.Time
	// NewID makes the ids that join an answer of 500 with its line in the log.
	// Default UUIDv7.
	NewID func() string
	// Logger is told what no caller is. Default slog.Default().
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NewID == nil {
		c.NewID = ids.New
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Service answers what a customer sees of their account. It is safe for
// concurrent use, starts nothing and holds nothing in memory: any number of
// replicas may run.
type Service struct {
	sources Sources
	cfg     Config
}

// New returns a Service over the host's sources.
func New(sources Sources, cfg Config) (*Service, error) {
	if sources.Bookings == nil {
		return nil, fmt.Errorf("%w: Sources.Bookings is missing", ErrInvalid)
	}
	return &Service{sources, cfg.withDefaults()}, nil
}

// ListRequest asks for a page of a customer's bookings.
type ListRequest struct {
	// Bucket is required.
	Bucket Bucket
	// Cursor is the Next of the page before; empty for the first page.
	Cursor string
	// Limit is the most bookings that the page may have, 1 to MaxLimit. Default
	// DefaultLimit.
	Limit int
}

// Page is a page of a list.
type Page struct {
	Items []View
	// Next is the cursor of the page that follows; empty on the last.
	Next string
}

// List returns a page of one of the customer's buckets, each booking with what
// may be done about it now. It is ErrUnknownBucket, ErrBadCursor or ErrInvalid
// for a request that can't be answered.
//
// A cursor belongs to its bucket and remembers the moment of the first page:
// however long a customer reads, and whatever is made, ends or is cancelled
// meanwhile, later pages neither repeat nor skip a booking that stays in the
// bucket at its time. Only a fresh first page shows what changed.
func (s *Service) List(ctx context.Context, key CustomerKey, r ListRequest) (Page, error) {
	if r.Limit == 0 {
		r.Limit = DefaultLimit
	}
	if r.Limit < 1 || r.Limit > MaxLimit {
		return Page{}, fmt.Errorf("%w: Limit is %d, want 1 to %d", ErrInvalid, r.Limit, MaxLimit)
	}
	if err := key.validate(); err != nil {
		return Page{}, err
	}
	now := s.cfg.Now()
	q, err := r.query(now)
	if err != nil {
		return Page{}, err
	}
	q.Customer = key
	rows, err := s.sources.Bookings.Page(ctx, q)
	if err != nil {
		return Page{}, err
	}
	var page Page
	if len(rows) > r.Limit {
		rows = rows[:r.Limit]
		last := rows[r.Limit-1].Position()
		page.Next = httpx.EncodeCursor(cursorKind(q.Bucket), httpx.Position{At: last.At, ID: last.BookingID, AsOf: q.AsOf})
	}
	page.Items = make([]View, len(rows))
	for i, b := range rows {
		if page.Items[i], err = view(key, b, now); err != nil {
			return Page{}, err
		}
	}
	return page, nil
}

// Booking returns one of the customer's bookings with what may be done about it
// now, or ErrNotFound.
func (s *Service) Booking(ctx context.Context, key CustomerKey, id string) (View, error) {
	if err := key.validate(); err != nil {
		return View{}, err
	}
	if !ids.Valid(id) {
		return View{}, ErrNotFound
	}
	b, err := s.sources.Bookings.Booking(ctx, key, id)
	if err != nil {
		return View{}, err
	}
	if b.ID != id {
		return View{}, fmt.Errorf("%w: asked for booking %q, got %q", ErrSource, id, b.ID)
	}
	return view(key, b, s.cfg.Now())
}

func view(key CustomerKey, b Booking, now time.Time) (View, error) {
	if err := b.validate(key); err != nil {
		return View{}, err
	}
	return View{b, Actions(b, now)}, nil
}

// query is the request's question to the source, for one booking more than the
// page holds: it only shows that another page follows.
func (r ListRequest) query(now time.Time) (PageQuery, error) {
	bucket, err := ParseBucket(string(r.Bucket))
	if err != nil {
		return PageQuery{}, err
	}
	q := PageQuery{Bucket: bucket, AsOf: now.UTC().Truncate(time.Microsecond), Limit: r.Limit + 1}
	if r.Cursor == "" {
		return q, nil
	}
	p, err := httpx.DecodeCursor(cursorKind(bucket), r.Cursor)
	if err != nil || p.AsOf.IsZero() || p.At.IsZero() || p.Key != "" || p.N != 0 || !ids.Valid(p.ID) {
		return PageQuery{}, ErrBadCursor
	}
	q.AsOf, q.After = p.AsOf, Position{p.At, p.ID}
	return q, nil
}

func cursorKind(b Bucket) string { return "portal." + string(b) }
