package demo

import (
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// calendar knows which of a venue's resources are taken in which half hour: one
// bit for each resource.
type calendar struct {
	first int64 // the half hour of taken[0], counted from 1970
	taken []uint64
}

func newCalendar(from, to time.Time) calendar {
	first := unit(from)
	return calendar{first, make([]uint64, unit(to)-first+1)}
}

func unit(t time.Time) int64 { return t.Unix() / int64(booking.Unit/time.Second) }

// span is what of the calendar lies from start to end.
func (c calendar) span(start, end time.Time) []uint64 {
	return c.taken[unit(start)-c.first : unit(end.Add(-1))-c.first+1]
}

// busy returns the resources that are taken at some time from start to end.
func (c calendar) busy(start, end time.Time) uint64 {
	var bits uint64
	for _, b := range c.span(start, end) {
		bits |= b
	}
	return bits
}

func (c calendar) take(resource int, start, end time.Time) {
	span := c.span(start, end)
	for i := range span {
		span[i] |= 1 << resource
	}
}
