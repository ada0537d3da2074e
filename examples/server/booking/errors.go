package booking

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/petanque-life/venuekit/internal/ids"
)

var (
	// ErrNotFound means that the tenant has no such venue, booking, resource or
	// package.
	ErrNotFound = errors.New("booking: not found")

	// ErrConflict means that the booking's present state doesn't allow the verb.
	// Read it again and decide anew.
	ErrConflict = errors.New("booking: state doesn't allow it")

	// ErrUnavailable means that nothing fitting is free then. The error is an
	// *UnavailableError, which holds times that are.
	ErrUnavailable = errors.New("booking: unavailable")

	// ErrIdempotencyMismatch means that the idempotency key or payment id was
	// used before, for something else.
	ErrIdempotencyMismatch = errors.New("booking: key was used for another request")

	// ErrInvalid means that the request can never succeed as it is. The error is
	// an *InvalidError, which names the fields.
	ErrInvalid = errors.New("booking: invalid")
)

// errLost means that another transaction took a resource first.
var errLost = errors.New("booking: lost the race")

// Field is one fault of a request.
type Field struct {
	Name    string // as in the JSON of the request, such as party_size
	Problem string // a stable code: required, too_long, range, unknown, past, mismatch, malformed
}

// InvalidError lists every fault of a request. It is an ErrInvalid.
type InvalidError struct{ Fields []Field }

// Error names every field.
func (e *InvalidError) Error() string {
	parts := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		parts[i] = f.Name + " " + f.Problem
	}
	return fmt.Sprintf("%v: %s", ErrInvalid, strings.Join(parts, ", "))
}

// Unwrap returns ErrInvalid.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// UnavailableError holds the bookable times nearest to the one asked for,
// nearest first; none when the service day and the next are full. It is an
// ErrUnavailable.
type UnavailableError struct{ Alternatives []Slot }

// Error is that of ErrUnavailable.
func (e *UnavailableError) Error() string { return ErrUnavailable.Error() }

// Unwrap returns ErrUnavailable.
func (e *UnavailableError) Unwrap() error { return ErrUnavailable }

// faults collects fields; its err is nil when there are none.
type faults []Field

func (f *faults) add(name, problem string) { *f = append(*f, Field{name, problem}) }

func (f *faults) when(bad bool, name, problem string) {
	if bad {
		f.add(name, problem)
	}
}

// id checks an opaque id.
func (f *faults) id(name, id string) {
	if id == "" {
		f.add(name, "required")
	} else {
		f.optional(name, id)
	}
}

// optional checks an opaque id that may be empty.
func (f *faults) optional(name, id string) {
	f.when(id != "" && !ids.Valid(id), name, "malformed")
}

// text checks a short text that may be empty.
func (f *faults) text(name, s string, limit int) {
	f.when(len(s) > limit, name, "too_long")
	f.when(!utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl), name, "malformed")
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return &InvalidError{f}
}

func invalid(name, problem string) error { return &InvalidError{[]Field{{name, problem}}} }
