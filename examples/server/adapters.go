package main

import (
	"context"
	"errors"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
	"github.com/petanque-life/venuekit/internal/bunx"
	"github.com/petanque-life/venuekit/portal"
)

// This file is where the packages meet. None of them knows another; each fact
// that crosses is one function here.

// bookingChanged tells the packages of a change of a booking, in its transaction.
func (a *App) bookingChanged(ctx context.Context, tx bunx.Tx, b booking.Booking) error {
	if err := a.observe(ctx, tx, b); err != nil {
		return err
	}
	return a.mailConfirmation(ctx, tx, b)
}

// observe: booking engine -> checkin.
func (a *App) observe(ctx context.Context, tx bunx.Tx, b booking.Booking) error {
	return a.Checkin.WithStores(a.checkinStores.WithTx(tx)).Observe(ctx, checkin.Booking{
		TenantID: b.TenantID, ID: b.ID, VenueID: b.VenueID, CustomerID: b.CustomerID,
		Revision: b.Revision, SlotRevision: b.SlotRevision, SlotRevisedAt: b.SlotRevisedAt, HolderRevision: b.HolderRevision,
		Reference: b.Reference, StartsAt: b.StartsAt, EndsAt: b.EndsAt, Status: checkin.Status(b.Status), PartySize: b.PartySize,
	})
}

// handCheckin: checkin -> booking engine. The engine's verbs change nothing
// when repeated, so that an event that comes twice has one effect.
func (a *App) handCheckin(ctx context.Context, e checkin.Event) error {
	in, err := checkin.ParseAdmitted(e)
	if err != nil {
		return err
	}
	key := booking.Key{TenantID: e.TenantID, ID: in.BookingID}
	var b booking.Booking
	switch e.Kind {
	case checkin.EventAdmitted:
		b, err = a.Engine.CheckIn(ctx, key, in.At)
	case checkin.EventUndone:
		b, err = a.Engine.UndoCheckIn(ctx, key)
	default:
		return nil // of a later release
	}
	if errors.Is(err, booking.ErrConflict) {
		// Cancelled meanwhile: the booking stays so, and the scan remains on record.
		a.logger.WarnContext(ctx, "check-in came after the booking had changed", "tenant", e.TenantID, "booking", in.BookingID, "error", err)
		return nil
	}
	if err != nil || e.Kind != checkin.EventAdmitted || in.ByReference || b.CustomerID == "" {
		return err
	}
	// The code was mailed to the address: who shows it has read that mail.
	err = a.Accounts.Verify(ctx, account.Key{TenantID: b.TenantID, ID: b.CustomerID}, in.At)
	if errors.Is(err, account.ErrNotFound) {
		return nil // erased
	}
	return err
}

// bookings: booking engine -> portal.
type bookings struct{ a *App }

var _ portal.Bookings = bookings{}

func (s bookings) Page(ctx context.Context, q portal.PageQuery) ([]portal.Booking, error) {
	rows, err := s.a.Engine.CustomerPage(ctx, booking.CustomerKey{TenantID: q.Customer.TenantID, CustomerID: q.Customer.CustomerID},
		booking.Bucket(q.Bucket), q.AsOf, booking.Position{StartsAt: q.After.At, ID: q.After.BookingID}, q.Limit)
	if err != nil {
		return nil, err
	}
	out := make([]portal.Booking, len(rows))
	for i, b := range rows {
		if out[i], err = s.a.names.portal(ctx, b); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s bookings) Booking(ctx context.Context, key portal.CustomerKey, id string) (portal.Booking, error) {
	b, err := s.a.Engine.Get(ctx, booking.Key{TenantID: key.TenantID, ID: id})
	if errors.Is(err, booking.ErrNotFound) || err == nil && b.CustomerID != key.CustomerID {
		return portal.Booking{}, portal.ErrNotFound
	}
	if err != nil {
		return portal.Booking{}, err
	}
	return s.a.names.portal(ctx, b)
}

// venuesOf returns the venues that a member of staff may act for.
func (a *App) venuesOf(ctx context.Context, tenantID string, role account.Role, own []string) ([]string, error) {
	if role != account.RoleOwner {
		return own, nil
	}
	all, err := a.Engine.Venues(ctx, tenantID)
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.ID
	}
	return out, err
}
