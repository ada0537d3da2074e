// Package principal holds the one type of the caller that every venuekit
// package aliases, so that one Identify callback of a host serves all of them.
package principal

import "slices"

// Principal is the caller of a request, as the host identified it. The tenant
// of everything a handler reads or writes comes from here and from nowhere else.
type Principal struct {
	// TenantID is the chain the caller belongs to.
	TenantID string
	// Subject is the caller's id: a customer's on the customer handlers, a staff
	// member's or machine's on the others.
	Subject string
	// Venues are the venues a staff member may act for. Empty means none; it is
	// not consulted for customers.
	Venues []string
}

// MayActFor reports whether the caller may act for the venue.
func (p Principal) MayActFor(venueID string) bool {
	return venueID != "" && slices.Contains(p.Venues, venueID)
}
