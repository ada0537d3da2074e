// Package booking is the reference server's own booking engine: venues, their
// lanes, tables and events, food packages, and the bookings of them. It plays
// the host's part: the packages of venuekit learn of bookings from it and own
// none of its tables.
//
// # No double booking
//
// A booking of lanes or tables owns one row in booking_slots for each resource
// and half hour that it touches, and the primary key of that table lets a half
// hour be owned once. Rows are inserted in key order with ON CONFLICT DO
// NOTHING and counted: whoever gets fewer than it asked for has lost, rolls
// back and looks again. New rows are taken before old ones go, so that
// transactions wait for one another in one direction only. Seats of an event
// are a counter, raised by a conditional update under a CHECK.
//
// # Joining
//
// Each change of a booking is one transaction. Config.Changed is called in it
// with the booking as it became, to tell other packages; its error rolls the
// change back. WithTx gives an engine whose changes are part of a transaction
// that the caller owns.
//
// # Revisions
//
// Revision grows by one with each change. SlotRevision is the revision at which
// start, venue or holder last changed, and SlotRevisedAt its time: what a
// check-in token carries. HolderRevision is the same for the holder alone.
package booking
