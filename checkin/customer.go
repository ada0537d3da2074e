package checkin

import (
	"context"
	"errors"
	"fmt"

	"github.com/petanque-life/venuekit/internal/ids"
)

// Export is everything that check-in keeps under a customer's id.
type Export struct {
	Bookings []ExportedBooking `json:"bookings"`
}

// ExportedBooking is one of the customer's bookings with its scans.
type ExportedBooking struct {
	Booking Booking `json:"booking"`
	Scans   []Scan  `json:"scans"`
}

// Merge makes from another name of into's customer, for good. Repeating it
// changes nothing.
func (s *Service) Merge(ctx context.Context, from CustomerKey, into string) error {
	if err := checkCustomer(from.TenantID, from.CustomerID, into); err != nil {
		return err
	}
	return s.stores.Customers.Merge(ctx, from, into, s.cfg.Now())
}

// Erase cuts a customer off from its bookings, for good. The bookings and
// scans themselves name nobody and stay, for the venue's counts. Repeating it
// changes nothing.
func (s *Service) Erase(ctx context.Context, key CustomerKey) error {
	if err := checkCustomer(key.TenantID, key.CustomerID); err != nil {
		return err
	}
	return s.stores.Customers.Erase(ctx, key, s.cfg.Now())
}

// Export returns everything under the customer's id and the ids merged into it.
func (s *Service) Export(ctx context.Context, key CustomerKey) (Export, error) {
	if err := checkCustomer(key.TenantID, key.CustomerID); err != nil {
		return Export{}, err
	}
	out := Export{Bookings: []ExportedBooking{}}
	for after := ""; ; {
		page, err := s.stores.Customers.Bookings(ctx, key, after, 100)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, state := range page {
			scans, err := s.stores.Scans.History(ctx, state.Booking.Key())
			if err != nil {
				return Export{}, err
			}
			out.Bookings = append(out.Bookings, ExportedBooking{state.Booking, scans})
			after = state.Booking.ID
		}
	}
}

// Holds reports whether the booking is the customer's, under any of its names.
func (s *Service) holds(ctx context.Context, key CustomerKey, b Booking) (bool, error) {
	if b.CustomerID == "" || b.TenantID != key.TenantID {
		return false, nil
	}
	if b.CustomerID == key.CustomerID {
		return true, nil
	}
	mine, err := s.stores.Customers.Resolve(ctx, key)
	if err == nil {
		var theirs string
		theirs, err = s.stores.Customers.Resolve(ctx, CustomerKey{b.TenantID, b.CustomerID})
		if err == nil {
			return mine == theirs, nil
		}
	}
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return false, err
}

func checkCustomer(all ...string) error {
	for _, id := range all {
		if err := ids.Check(id); err != nil {
			return fmt.Errorf("%w: customer: %w", ErrInvalid, err)
		}
	}
	return nil
}
