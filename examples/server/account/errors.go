package account

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrInvalid means that an argument can't be what it should; the error is an
	// *InvalidError that names it.
	ErrInvalid = errors.New("account: invalid")
	// ErrNotFound means that there is no such customer, operator or key, or that
	// the customer was erased.
	ErrNotFound = errors.New("account: not found")
	// ErrExists means that the id belongs to an operator with another address.
	ErrExists = errors.New("account: exists already")
	// ErrErased refuses the import of a customer whose address was erased.
	ErrErased = errors.New("account: address was erased")
	// ErrTooMany means that too many links were asked for, or too many bookings
	// made; the error is a *TooManyError that says when to ask again.
	ErrTooMany = errors.New("account: too many")

	// ErrLink is in the chain of every reason to refuse a sign-in link. The
	// outside needs no other: the remedy is always a new link.
	ErrLink = errors.New("account: sign-in link refused")
	// ErrLinkUnknown is an ErrLink: the link was never made for this tenant, or its
	// client asked for a newer one, or its account is gone.
	ErrLinkUnknown = fmt.Errorf("%w: unknown", ErrLink)
	// ErrLinkUsed is an ErrLink: somebody has signed in with it.
	ErrLinkUsed = fmt.Errorf("%w: used", ErrLink)
	// ErrLinkExpired is an ErrLink: its time is over.
	ErrLinkExpired = fmt.Errorf("%w: expired", ErrLink)

	// ErrNoSession means that a cookie's value is nobody's session: not of this
	// tenant, ended, or expired. Ask to sign in.
	ErrNoSession = errors.New("account: no session")
	// ErrNoKey means that an API key is unknown to this tenant, or revoked.
	ErrNoKey = errors.New("account: no such API key")
)

// InvalidError names the argument that is wrong. It is an ErrInvalid.
type InvalidError struct {
	Field   string // email, name, phone, language, role, venues, kind, id, prefix or tenant
	Problem string // required, too_long or malformed
}

// Error names the field.
func (e *InvalidError) Error() string {
	return fmt.Sprintf("%v: %s %s", ErrInvalid, e.Field, e.Problem)
}

// Unwrap returns ErrInvalid.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

func invalid(field, problem string) error { return &InvalidError{field, problem} }

// TooManyError says how long to wait. It is an ErrTooMany.
type TooManyError struct{ RetryAfter time.Duration }

// Error says how long to wait.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("%v: try again in %v", ErrTooMany, e.RetryAfter)
}

// Unwrap returns ErrTooMany.
func (e *TooManyError) Unwrap() error { return ErrTooMany }
