package account

import (
	"context"
	"net/netip"
	"time"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// How many links may be asked for, and bookings made without signing in, in
// LimitWindow, which begins with the first of them.
const (
	LinksPerPair    = 5  // of one address by one client
	LinksPerAddress = 20 // by all clients together; more are silently not sent
	LinksPerClient  = 30

	BookingsPerClient  = 10
	BookingsPerAddress = 20

	LimitWindow = time.Hour
)

// CountBooking counts a booking that somebody makes for an address without
// signing in, and returns a *TooManyError when the client or the address has
// had enough. Joined to the booking's transaction it counts those that were made,
// and no other booking of the address is made meanwhile.
func (s *Service) CountBooking(ctx context.Context, tenantID, email, clientAddr string) error {
	a, err := parseAddress(email)
	if err != nil {
		return err
	}
	// In this order everywhere, so that no two wait for each other.
	if err := s.count(ctx, tenantID, "booking/client", clientKey(clientAddr), BookingsPerClient); err != nil {
		return err
	}
	return s.count(ctx, tenantID, "booking/address", a.norm, BookingsPerAddress)
}

// count adds one to a counter and returns a TooManyError when it passes limit.
// One statement, so that any number of replicas counts exactly.
func (s *Service) count(ctx context.Context, tenantID, scope, key string, limit int64) error {
	code, err := s.mac(s.cfg.Secrets.Newest(), "account/limit", tenantID, key)
	if err != nil {
		return err
	}
	now := s.now()
	next := now.Add(LimitWindow)
	var row struct {
		Hits     int64     `bun:"hits"`
		ResetsAt time.Time `bun:"resets_at"`
	}
	err = s.db.Q().Get(ctx, &row, `
		INSERT INTO account_limits AS l (tenant_id, scope, key_mac, hits, resets_at) VALUES (?, ?, ?, 1, ?)
		ON CONFLICT (tenant_id, scope, key_mac) DO UPDATE SET
			hits = CASE WHEN l.resets_at <= ? THEN 1 ELSE l.hits + 1 END,
			resets_at = CASE WHEN l.resets_at <= ? THEN EXCLUDED.resets_at ELSE l.resets_at END
		RETURNING hits, resets_at`, tenantID, scope, code, next, now, now)
	if err != nil {
		return err
	}
	if row.Hits > limit {
		return &TooManyError{RetryAfter: bunx.Time(row.ResetsAt).Sub(now)}
	}
	return nil
}

// clientIP returns the address of a client that is given with or without a
// port; invalid for anything else.
func clientIP(clientAddr string) netip.Addr {
	ip, err := netip.ParseAddr(clientAddr)
	if err != nil {
		port, _ := netip.ParseAddrPort(clientAddr)
		ip = port.Addr()
	}
	return ip.Unmap().WithZone("")
}

// clientKey is what a client is counted by. One customer of an IPv6 provider
// commands a whole /64.
func clientKey(clientAddr string) string {
	ip := clientIP(clientAddr)
	if ip.Is6() {
		if net, err := ip.Prefix(64); err == nil {
			return net.String()
		}
	}
	return ip.String()
}
