package checkintest_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/checkin"
)

var listMistakes = map[string]map[string]breakage{
	"a day is listed by start and then by the bytes of the id": {
		"orders ids without regard to case": inScans(func(right checkin.Scans) scans {
			return scans{day: func(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
				page, err := right.Day(ctx, q)
				slices.SortStableFunc(page, func(a, b checkin.State) int {
					if c := a.Booking.StartsAt.Compare(b.Booking.StartsAt); c != 0 {
						return c
					}
					return strings.Compare(strings.ToLower(a.Booking.ID), strings.ToLower(b.Booking.ID))
				})
				return page, err
			}}
		}),
		"ignores the limit of a page": inScans(func(right checkin.Scans) scans {
			return scans{day: func(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
				q.Limit = 1000
				return right.Day(ctx, q)
			}}
		}),
	},
	"a day holds its first moment and not its last, and no other venue": {
		"lists every venue": inScans(func(right checkin.Scans) scans {
			return scans{day: func(ctx context.Context, q checkin.DayQuery) ([]checkin.State, error) {
				page, err := right.Day(ctx, q)
				q.VenueID = "elsewhere"
				more, _ := right.Day(ctx, q)
				return append(page, more...), err
			}}
		}),
	},
	"a reference finds all of the venue's bookings that have it, whole, and no others": {
		"answers a reference with a page": found(func(all []checkin.State) []checkin.State { return all[:min(50, len(all))] }),
		"answers a reference without the admissions": found(func(all []checkin.State) []checkin.State {
			for i := range all {
				all[i].Admission = checkin.Admission{}
			}
			return all
		}),
		"finds a reference at every venue":             asked(func(q *checkin.ReferenceQuery) {}, func(q *checkin.ReferenceQuery) { q.VenueID = "elsewhere" }),
		"finds what only begins as the reference does": asked(func(q *checkin.ReferenceQuery) {}, func(q *checkin.ReferenceQuery) { q.Reference += "4" }),
		"finds any reference":                          asked(func(q *checkin.ReferenceQuery) {}, func(q *checkin.ReferenceQuery) { q.Reference = "OTHER1" }),
		"finds what has no reference":                  asked(func(q *checkin.ReferenceQuery) {}, func(q *checkin.ReferenceQuery) { q.Reference = "" }),
	},
	"a reference finds the slots that reach into the bounds, by start and then by the bytes of the id": {
		"answers a reference by id": found(func(all []checkin.State) []checkin.State {
			slices.SortFunc(all, func(a, b checkin.State) int { return cmp.Compare(a.Booking.ID, b.Booking.ID) })
			return all
		}),
		"answers a reference by start alone": found(func(all []checkin.State) []checkin.State {
			slices.Reverse(all)
			slices.SortStableFunc(all, func(a, b checkin.State) int { return a.Booking.StartsAt.Compare(b.Booking.StartsAt) })
			return all
		}),
		"finds by reference only slots that begin within the bounds": inScans(func(right checkin.Scans) scans {
			return scans{byReference: func(ctx context.Context, q checkin.ReferenceQuery) ([]checkin.State, error) {
				all, err := right.ByReference(ctx, q)
				return slices.DeleteFunc(all, func(s checkin.State) bool { return s.Booking.StartsAt.Before(q.From.Truncate(time.Microsecond)) }), err
			}}
		}),
		"finds by reference a slot that ends at the beginning": asked(func(q *checkin.ReferenceQuery) { q.From = q.From.Add(-time.Microsecond) }),
		"misses by reference a slot that ends in time":         asked(func(q *checkin.ReferenceQuery) { q.From = q.From.Add(time.Microsecond) }),
		"finds by reference a slot that starts at the end":     asked(func(q *checkin.ReferenceQuery) { q.Until = q.Until.Add(time.Microsecond) }),
		"misses by reference a slot that starts in time":       asked(func(q *checkin.ReferenceQuery) { q.Until = q.Until.Add(-time.Microsecond) }),
	},
	"a history is listed by when the scans were received and then by the bytes of the id": {
		"lists a history newest first": told(func(all []checkin.Scan) []checkin.Scan {
			slices.Reverse(all)
			return all
		}),
		"lists a history by time alone": told(func(all []checkin.Scan) []checkin.Scan {
			slices.Reverse(all)
			slices.SortStableFunc(all, func(a, b checkin.Scan) int { return a.ReceivedAt.Compare(b.ReceivedAt) })
			return all
		}),
		"lists a history without regard to case": told(func(all []checkin.Scan) []checkin.Scan {
			slices.SortStableFunc(all, func(a, b checkin.Scan) int {
				return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID)))
			})
			return all
		}),
		"lists the scans of other bookings in a history": inScans(func(right checkin.Scans) scans {
			return scans{history: func(ctx context.Context, key checkin.Key) ([]checkin.Scan, error) {
				all, err := right.History(ctx, key)
				key.BookingID = "other"
				more, _ := right.History(ctx, key)
				return append(all, more...), err
			}}
		}),
	},
	"the history of a booking without scans is empty": {
		"takes a history without scans for an error": inScans(func(right checkin.Scans) scans {
			return scans{history: func(ctx context.Context, key checkin.Key) ([]checkin.Scan, error) {
				all, err := right.History(ctx, key)
				if err == nil && len(all) == 0 {
					err = checkin.ErrNotFound
				}
				return all, err
			}}
		}),
	},
}

// found changes what ByReference returns.
func found(change func([]checkin.State) []checkin.State) breakage {
	return inScans(func(right checkin.Scans) scans {
		return scans{byReference: func(ctx context.Context, q checkin.ReferenceQuery) ([]checkin.State, error) {
			all, err := right.ByReference(ctx, q)
			return change(all), err
		}}
	})
}

// asked changes what ByReference is asked, and joins the answers to several.
func asked(changes ...func(q *checkin.ReferenceQuery)) breakage {
	return inScans(func(right checkin.Scans) scans {
		return scans{byReference: func(ctx context.Context, q checkin.ReferenceQuery) (all []checkin.State, err error) {
			for _, change := range changes {
				changed := q
				change(&changed)
				more, failed := right.ByReference(ctx, changed)
				all, err = append(all, more...), errors.Join(err, failed)
			}
			return all, err
		}}
	})
}

// told changes what History returns.
func told(change func([]checkin.Scan) []checkin.Scan) breakage {
	return inScans(func(right checkin.Scans) scans {
		return scans{history: func(ctx context.Context, key checkin.Key) ([]checkin.Scan, error) {
			all, err := right.History(ctx, key)
			return change(all), err
		}}
	})
}
