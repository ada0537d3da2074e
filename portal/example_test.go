package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/petanque-life/venuekit/portal"
	"github.com/petanque-life/venuekit/portal/portaltest"
)

// A host gives its own source in place of the one in memory and its own session
// in place of the fixed customer.
func Example() {
	bookings := portaltest.NewBookings()
	alice := portal.CustomerKey{TenantID: "boule", CustomerID: "alice"}
	bookings.Put(alice, booking("b-1", portal.StatusConfirmed, 24*time.Hour))

	p, err := portal.New(portal.Sources{Bookings: bookings}, portal.Config{
		Now: func() time.Time { return now }, // leave it out for the real clock
	})
	if err != nil {
		panic(err)
	}
	handler := p.CustomerHandler(portal.HandlerConfig{
		Identify: func(r *http.Request) (portal.Principal, error) {
			if _, err := r.Cookie("session"); err != nil {
				return portal.Principal{}, portal.ErrUnauthenticated
			}
			return portal.Principal{TenantID: "boule", Subject: "alice"}, nil
		},
	})

	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/me/bookings?bucket=upcoming", nil))
	fmt.Println(w.Code)

	page, err := p.List(context.Background(), alice, portal.ListRequest{Bucket: portal.Upcoming})
	if err != nil {
		panic(err)
	}
	for _, v := range page.Items {
		fmt.Println(v.ID, v.Venue.Name, v.StartsAt.In(v.Venue.Zone).Format("Mon 15:04"))
	}
	// Output:
	// 401
	// b-1 Södermalm Mon 18:30
}

func ExampleActions() {
	b := booking("b-1", portal.StatusConfirmed, 24*time.Hour)
	b.ChangesUntil = b.StartsAt.Add(-24 * time.Hour)
	for _, a := range portal.Actions(b, now) {
		fmt.Printf("%s: %t %q\n", a.Name, a.Allowed, a.Reason)
	}
	// Output:
	// repeat: true ""
	// rebook: false "too_late"
	// cancel: false "too_late"
	// party_size: false "too_late"
}
