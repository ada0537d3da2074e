package main

import (
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestEachRequestOfTheDoorNeedsItsOwnPermission(t *testing.T) {
	t.Parallel()
	booked := newCustomer(t, klotet).book(hall)
	scanID, _ := newStaff(t, klotet, account.RoleHost, hall).scan(booked.Reference, hall).json["scan"].(string)
	require.NotEmpty(t, scanID)
	for _, role := range []account.Role{account.RoleHost, account.RoleSupport, account.RoleManager, account.RoleOwner} {
		for _, c := range []*client{newStaff(t, klotet, role, hall), newMachine(t, klotet, role, hall)} {
			for _, o := range []struct {
				need               account.Permission
				method, path, body string
			}{
				{account.TonightRead, "GET", "/ops/checkin/today?venue=" + hall, ""},
				{account.CheckinScan, "POST", "/ops/checkin/scans", scanBody(t, booked.Reference, hall)},
				{account.CheckinUndo, "POST", "/ops/checkin/scans/" + scanID + "/undo", ""},
			} {
				a := c.do(o.method, o.path, o.body, "Idempotency-Key", rand.Text())
				if !account.Can(role, o.need) {
					a.requireProblem(t, http.StatusForbidden, "forbidden")
					continue
				}
				require.Contains(t, []int{http.StatusOK, http.StatusConflict}, a.status, "%s %s: %s", role, o.path, a.raw)
			}
		}
	}
	support := newStaff(t, klotet, account.RoleSupport, hall)
	require.Equal(t, http.StatusOK, support.get("/ops/checkin/today?venue="+hall).status, "who answers the phone sees who has come")
}

func TestNobodyBecomesACustomerForABookingThatFails(t *testing.T) {
	t.Parallel()
	c := newMachine(t, klotet, account.RoleOwner)
	for name, replace := range map[string]struct {
		from, to string
		status   int
	}{
		"what isn't free":   {`"party_size":2`, `"party_size":2,"resource_id":"lane-x"`, http.StatusConflict},
		"what can't be":     {`"party_size":2`, `"party_size":0`, http.StatusUnprocessableEntity},
		"what isn't served": {`"minutes":60`, `"minutes":60,"package":"none"`, http.StatusUnprocessableEntity},
	} {
		email := "failed." + strings.ToLower(rand.Text()) + "@example.com"
		good := bookingBody(t, hall, email)
		a := c.do("POST", "/ops/bookings", strings.Replace(good, replace.from, replace.to, 1), "Idempotency-Key", rand.Text())
		require.Equal(t, replace.status, a.status, "%s: %s", name, a.raw)
		_, err := c.app.Accounts.CustomerByEmail(t.Context(), klotet, email)
		require.ErrorIs(t, err, account.ErrNotFound, name)

		a = c.do("POST", "/ops/bookings", good, "Idempotency-Key", rand.Text())
		require.Equal(t, http.StatusCreated, a.status, a.raw)
		who, err := c.app.Accounts.CustomerByEmail(t.Context(), klotet, email)
		require.NoError(t, err)
		require.Equal(t, who.ID, a.json["customer"])
	}
}

func TestFiguresTellPagesApart(t *testing.T) {
	t.Parallel()
	guest := newCustomer(t, klotet)
	booked := guest.book(hall)
	// Of pages that no other test asks for by such a status.
	guest.do("GET", "/account/bookings/"+booked.ID, "", "Accept", "text/html")
	guest.do("GET", "/account/bookings/none", "", "Accept", "text/html")
	guest.get("/me/bookings/" + booked.ID)
	guest.do("GET", "/there/is/none", "", "Accept", "text/html")
	guest.do("POST", "/language", "", "Sec-Fetch-Site", "cross-site")
	newClient(t, klotet).at("nobody.localhost").get("/login")
	figures := newClient(t, klotet).from("127.0.0.1:1").get("/metrics").raw
	for _, labels := range []string{
		`route="GET /account/bookings/{id}",status="200"`, `route="GET /account/bookings/{id}",status="404"`,
		`route="GET /me/bookings/{id}",status="200"`, `route="/",status="404"`, `route="none",status="403"`, `route="none",status="421"`,
	} {
		require.Contains(t, figures, `venuekit_http_request_duration_seconds_count{`+labels+`}`)
	}
	require.NotContains(t, figures, booked.ID, "and never one visitor's")
}
