package checkin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
)

// Export is everything that check-in keeps under a customer's id.
type Export struct {
	Bookings []ExportedBooking `json:"bookings"`
}

// ExportedBooking is one of the customer's bookings with its scans.
type ExportedBooking struct {
	ID        string         `json:"id"`
	VenueID   string         `json:"venue_id"`
	Reference string         `json:"reference"`
	StartsAt  time.Time      `json:"starts_at"`
	EndsAt    time.Time      `json:"ends_at"`
	Status    Status         `json:"status"`
	PartySize int            `json:"party_size"`
	Scans     []ExportedScan `json:"scans"`
}

// ExportedScan is what happened at a door.
type ExportedScan struct {
	ID      string    `json:"id"`
	VenueID string    `json:"venue_id"`
	Kind    Kind      `json:"kind"`
	Code    Code      `json:"code"`
	Guests  int       `json:"guests"`
	At      time.Time `json:"at"`
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
			exported, err := s.exported(ctx, state.Booking)
			if err != nil {
				return Export{}, err
			}
			out.Bookings = append(out.Bookings, exported)
			after = state.Booking.ID
		}
	}
}

// holds reports whether the booking is the customer's, under any of its names.
// Both are looked up, since either may have been erased.
func (s *Service) holds(ctx context.Context, key CustomerKey, b Booking) (bool, error) {
	if b.CustomerID == "" || b.TenantID != key.TenantID {
		return false, nil
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

func (s *Service) exported(ctx context.Context, b Booking) (ExportedBooking, error) {
	scans, err := s.stores.Scans.History(ctx, b.Key())
	out := ExportedBooking{
		ID: b.ID, VenueID: b.VenueID, Reference: b.Reference, StartsAt: b.StartsAt, EndsAt: b.EndsAt,
		Status: b.Status, PartySize: b.PartySize, Scans: make([]ExportedScan, len(scans)),
	}
	for i, scan := range scans {
		out.Scans[i] = ExportedScan{scan.ID, scan.VenueID, scan.Kind, scan.Code, scan.Guests, scan.At}
	}
	return out, err
}

func checkCustomer(all ...string) error {
	for _, id := range all {
		if err := ids.Check(id); err != nil {
			return fmt.Errorf("%w: customer: %w", ErrInvalid, err)
		}
	}
	return nil
}
