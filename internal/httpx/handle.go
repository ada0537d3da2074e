package httpx

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/petanque-life/venuekit/internal/ids"
)

// statusClientGone is nginx's status for a client that closed the connection.
// Nobody reads it; a host's access log does.
const statusClientGone = 499

// HandlerFunc is a handler that returns an error instead of writing one.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Mapping names the problem that answers an error.
type Mapping struct {
	Err     error // compared with errors.Is
	Problem *Problem
}

// Errors turns errors into problem documents. The zero value knows problems
// only; everything else is a 500.
type Errors struct {
	// Problems maps a package's sentinel errors; the first that fits is taken.
	// Default none.
	Problems []Mapping
	// Map turns errors that carry data into problems with members. It is asked
	// before Problems and returns nil for what it doesn't know. Default none.
	Map func(error) *Problem
	// Logger takes what clients are not told. Default slog.Default().
	Logger *slog.Logger
	// NewID makes the id that joins a 500 with its line in the log. Default
	// UUIDv7.
	NewID func() string
}

// Handle returns h as an http.Handler that answers its error by [Errors.Write].
//
// A panic goes through: a library must not take it from the host, whose own
// middleware knows where to report it. A server without one wraps its whole
// mux in [Errors.Recover].
func (e Errors) Handle(h HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := track(w)
		if err := h(t, r); err != nil {
			e.Write(t, r, err)
		}
	})
}

// Write answers with the problem of an error: the *[Problem] in its chain, else
// what Map or Problems say, else [Internal] with an id under which the error is
// logged. When the response has begun nothing more is written, and what isn't a
// problem is still logged. An error after the client has gone is no fault: it
// is logged at debug level.
//
// The log names the route by its pattern, or "-" where none is known: a path may
// hold a token.
func (e Errors) Write(w http.ResponseWriter, r *http.Request, err error) {
	t := track(w)
	p := e.problem(err)
	switch {
	case p != nil && p.Status < http.StatusInternalServerError:
		e.log(r, slog.LevelDebug, "request refused", err, slog.String("code", p.Code))
		e.answer(t, r, p)
	case errors.Is(r.Context().Err(), context.Canceled):
		e.log(r, slog.LevelDebug, "client gone", err)
		if !t.begun {
			t.WriteHeader(statusClientGone)
		}
	case p != nil:
		e.fail(t, r, p, err)
	default:
		e.fail(t, r, Internal, err)
	}
}

// fail logs a fault under an id and answers with the id.
func (e Errors) fail(t *tracker, r *http.Request, p *Problem, err error) {
	id := e.newID()
	e.log(r, slog.LevelError, "request failed", err, slog.String("code", p.Code), slog.String("id", id))
	e.answer(t, r, p.WithMember("id", id))
}

func (e Errors) answer(t *tracker, r *http.Request, p *Problem) {
	if t.begun {
		return
	}
	if err := writeProblem(t, r, p); err != nil { // a member that has no JSON form
		e.fail(t, r, Internal, err)
	}
}

// problem returns nil for an error that nobody knows.
func (e Errors) problem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if e.Map != nil {
		if p := e.Map(err); p != nil {
			return p
		}
	}
	for _, m := range e.Problems {
		if errors.Is(err, m.Err) {
			return m.Problem
		}
	}
	return nil
}

func (e Errors) newID() string {
	if e.NewID != nil {
		return e.NewID()
	}
	return ids.New()
}

func (e Errors) log(r *http.Request, level slog.Level, msg string, err error, attrs ...slog.Attr) {
	logger := e.Logger
	if logger == nil {
		logger = slog.Default()
	}
	if !logger.Enabled(r.Context(), level) {
		return
	}
	route := r.Pattern
	if route == "" {
		route = "-"
	}
	attrs = append(attrs, slog.String("method", r.Method), slog.String("route", route), slog.String("error", err.Error()))
	logger.LogAttrs(r.Context(), level, msg, attrs...)
}

// Mux returns a handler that serves the mux and answers paths and methods that
// it doesn't know with [NotFound] and [MethodNotAllowed] (with Allow) instead
// of plain text.
func (e Errors) Mux(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := statusOnly{header: http.Header{}}
		h.ServeHTTP(&probe, r)
		if probe.status == http.StatusMethodNotAllowed {
			e.Write(w, r, MethodNotAllowed.WithHeader("Allow", probe.header.Get("Allow")))
			return
		}
		e.Write(w, r, NotFound)
	})
}

// Recover returns a handler that answers a panic in next with a 500 and logs it
// once, with its stack. When the response has begun the connection is cut, so
// that half an answer never looks whole. http.ErrAbortHandler goes through.
func (e Errors) Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := track(w)
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v) //nolint:forbidigo // the server's own signal, passed on
			}
			// Never mapped, nor excused by a client that has gone.
			e.fail(t, r, Internal, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
			if t.begun && !t.whole {
				panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler cuts a connection
			}
		}()
		next.ServeHTTP(t, r)
	})
}
