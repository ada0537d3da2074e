package portal

import "time"

// Bucket is one of the three lists that a customer's bookings fall into. At any
// moment each booking is in exactly one of them; see [BucketOf].
type Bucket string

// The buckets.
const (
	// Upcoming holds what has not ended yet, also what is under way; soonest first.
	Upcoming Bucket = "upcoming"
	// History holds what has ended, no-shows too; newest first.
	History Bucket = "history"
	// Cancelled holds what was cancelled, whenever its slot is; newest first.
	Cancelled Bucket = "cancelled"
)

// Buckets returns the buckets in the order in which a page shows them.
func Buckets() []Bucket { return []Bucket{Upcoming, History, Cancelled} }

// ParseBucket returns the bucket of that name, letter for letter, or
// [ErrUnknownBucket].
func ParseBucket(name string) (Bucket, error) {
	switch b := Bucket(name); b {
	case Upcoming, History, Cancelled:
		return b, nil
	}
	return "", ErrUnknownBucket
}

// BucketOf returns the bucket that the booking is in at the time asOf. Only its
// status and its end decide.
func BucketOf(b Booking, asOf time.Time) Bucket {
	switch {
	case b.Status == StatusCancelled:
		return Cancelled
	case b.EndsAt.After(asOf):
		return Upcoming
	}
	return History
}
