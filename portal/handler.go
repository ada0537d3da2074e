package portal

import (
	"net/http"

	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/internal/principal"
)

// Principal is the caller of a request, as the host's Identify names it. It is
// one type for all packages of venuekit.
type Principal = principal.Principal

// HandlerConfig says how the handler is mounted. Identify is required.
type HandlerConfig struct {
	// BasePath is the path that the handler is mounted at; it begins with a
	// slash, and "/" alone is for routers that cut the prefix off. A router that
	// goes by prefixes gives each package's handler a base of its own. Default
	// "/me".
	BasePath string
	// Identify names the signed-in customer by TenantID and Subject: nothing
	// else decides whose bookings are answered. [ErrUnauthenticated] is answered
	// with 401, [ErrForbidden] with 403; any other error is a fault of the
	// host's: 500, and told to the log only.
	Identify func(*http.Request) (Principal, error)
}

var (
	unknownBucket = httpx.NewProblem(http.StatusBadRequest, "unknown_bucket",
		"bucket must be upcoming, history or cancelled.", "bucket måste vara upcoming, history eller cancelled.")

	problems = []httpx.Mapping{
		{Err: ErrNotFound, Problem: httpx.NotFound},
		{Err: ErrUnknownBucket, Problem: unknownBucket},
		{Err: ErrBadCursor, Problem: httpx.BadCursor},
	}
)

// CustomerHandler serves the signed-in customer's own bookings:
//
//	GET {base}/bookings?bucket=&limit=&cursor=  a page: {"items": [...], "next": cursor or null}
//	GET {base}/bookings/{id}                    one booking, as [View] has it in JSON
//
// bucket is upcoming, history or cancelled, by default upcoming; limit 1 to
// [MaxLimit], by default [DefaultLimit]; cursor the next of the page before.
// Another's booking is the same 404 as none. Errors are problem documents with
// the codes unauthenticated, unknown_bucket, bad_limit, bad_cursor, not_found
// and method_not_allowed. It panics without Identify.
func (s *Service) CustomerHandler(cfg HandlerConfig) http.Handler {
	if cfg.Identify == nil {
		panic("portal: HandlerConfig.Identify is required")
	}
	base := httpx.BasePath("portal", cfg.BasePath, "/me")
	errs := httpx.Errors{Problems: problems, Logger: s.cfg.Logger, NewID: s.cfg.NewID}
	mux := http.NewServeMux()
	handle := func(path string, h func(http.ResponseWriter, *http.Request, CustomerKey) error) {
		mux.Handle("GET "+base+path, errs.Handle(func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Vary", "Accept-Language, Authorization, Cookie")
			key, err := identify(cfg, r)
			if err != nil {
				return err
			}
			return h(w, r, key)
		}))
	}
	handle("/bookings", s.serveList)
	handle("/bookings/{id}", s.serveBooking)
	return errs.Mux(mux)
}

// identify returns the customer who asks, or a problem.
func identify(cfg HandlerConfig, r *http.Request) (CustomerKey, error) {
	p, err := cfg.Identify(r)
	if err == nil && (!ids.Valid(p.TenantID) || !ids.Valid(p.Subject)) {
		err = ErrUnauthenticated // a session of nobody
	}
	return CustomerKey{p.TenantID, p.Subject}, err
}

func (s *Service) serveList(w http.ResponseWriter, r *http.Request, key CustomerKey) error {
	req, err := listRequest(r)
	if err != nil {
		return err
	}
	page, err := s.List(r.Context(), key, req)
	if err != nil {
		return err
	}
	out := httpx.Page[bookingJSON]{Items: make([]bookingJSON, len(page.Items))}
	for i, v := range page.Items {
		out.Items[i] = v.wire()
	}
	if page.Next != "" {
		out.Next = &page.Next
	}
	return httpx.WriteJSON(w, http.StatusOK, out)
}

func (s *Service) serveBooking(w http.ResponseWriter, r *http.Request, key CustomerKey) error {
	v, err := s.Booking(r.Context(), key, r.PathValue("id"))
	if err != nil {
		return err
	}
	return httpx.WriteJSON(w, http.StatusOK, v.wire())
}

// listRequest reads a query. What is there must be right, also when it is
// empty or there twice.
func listRequest(r *http.Request) (ListRequest, error) {
	query := r.URL.Query()
	req := ListRequest{Bucket: Upcoming}
	if names, ok := query["bucket"]; ok {
		b, err := ParseBucket(names[0])
		if err != nil || len(names) > 1 {
			return ListRequest{}, ErrUnknownBucket
		}
		req.Bucket = b
	}
	if cursors, ok := query["cursor"]; ok {
		if len(cursors) > 1 || cursors[0] == "" {
			return ListRequest{}, ErrBadCursor
		}
		req.Cursor = cursors[0]
	}
	var err error
	req.Limit, err = httpx.Limit(r)
	return req, err
}
