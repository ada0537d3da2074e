package main

import (
	"errors"
	"net/http"
	"strings"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/internal/httpx"
)

// principal is one type for every package of venuekit.
type principal = checkin.Principal

// customer is the Identify of the customers' handlers.
func (a *App) customer(r *http.Request) (principal, error) {
	s, err := edge.Session(r)
	if errors.Is(err, account.ErrNoSession) {
		return principal{}, checkin.ErrUnauthenticated
	}
	if err != nil {
		return principal{}, err
	}
	if s.Kind != account.KindCustomer {
		return principal{}, checkin.ErrForbidden
	}
	return principal{TenantID: s.TenantID, Subject: s.SubjectID}, nil
}

// staff is whoever acts for the chain: a member of staff by a session, or a
// machine by an API key.
type staff struct {
	tenant string
	id     string
	role   account.Role
	venues []string // the role's own; see App.venuesOf
}

func (a *App) whoActs(r *http.Request) (staff, error) {
	tenant := edge.Tenant(r).ID
	if text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		key, err := a.Accounts.LookupKey(r.Context(), tenant, text)
		if errors.Is(err, account.ErrNoKey) {
			err = checkin.ErrUnauthenticated
		}
		return staff{tenant, key.ID, key.Role, key.Venues}, err
	}
	s, err := edge.Session(r)
	if errors.Is(err, account.ErrNoSession) {
		return staff{}, checkin.ErrUnauthenticated
	}
	if err == nil && s.Kind != account.KindOperator {
		err = checkin.ErrForbidden
	}
	return staff{tenant, s.SubjectID, s.Role, s.Venues}, err
}

// operator returns an Identify for handlers that need a permission.
func (a *App) operator(need account.Permission) func(*http.Request) (principal, error) {
	return func(r *http.Request) (principal, error) {
		s, err := a.whoActs(r)
		if err != nil {
			return principal{}, err
		}
		if !account.Can(s.role, need) {
			return principal{}, checkin.ErrForbidden
		}
		venues, err := a.venuesOf(r.Context(), s.tenant, s.role, s.venues)
		return principal{TenantID: s.tenant, Subject: s.id, Venues: venues}, err
	}
}

// errors of the server's own handlers.
func (a *App) problems() httpx.Errors {
	return httpx.Errors{Problems: bookingProblems, Map: bookingProblem, Logger: a.logger}
}
