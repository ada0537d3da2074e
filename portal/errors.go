package portal

import (
	"errors"

	"github.com/petanque-life/venuekit/internal/httpx"
)

// The errors of the package. Compare with errors.Is.
var (
	// ErrNotFound: the customer has no such booking. Another customer's and
	// another tenant's are answered the same way.
	ErrNotFound = errors.New("portal: not found")
	// ErrInvalid: an argument breaks a documented rule; the text says which.
	ErrInvalid = errors.New("portal: invalid argument")
	// ErrUnknownBucket: there is no bucket of that name. It is an ErrInvalid too.
	ErrUnknownBucket error = &invalidError{"portal: unknown bucket"}
	// ErrBadCursor: the cursor wasn't handed out for this list. Start again from
	// its first page. It is an ErrInvalid too.
	ErrBadCursor error = &invalidError{"portal: bad cursor"}
	// ErrSource: the host's source broke its contract; the text says how. Hold
	// the source against portaltest.
	ErrSource = errors.New("portal: source broke its contract")

	// ErrUnauthenticated is for a host's Identify to return when nobody is
	// signed in: the answer is 401. Every package of venuekit understands it.
	ErrUnauthenticated error = httpx.Unauthenticated
	// ErrForbidden is for a host's Identify to return when whoever is signed in
	// is no customer, or may not be here: the answer is 403. Every package of
	// venuekit understands it.
	ErrForbidden error = httpx.Forbidden
)

// invalidError is an ErrInvalid with a name of its own.
type invalidError struct{ text string }

func (e *invalidError) Error() string { return e.text }

// Unwrap returns ErrInvalid.
func (e *invalidError) Unwrap() error { return ErrInvalid }
