package booking

import (
	"fmt"
	"time"
)

// Date is a day of the calendar, in no zone. Service days are Dates.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the date that t's own zone shows.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads a date written as 2006-01-02, of the years 2 to 9998: in no
// zone does such a day leave what databases can hold.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 2 || t.Year() > 9998 {
		return Date{}, fmt.Errorf("booking: date %q isn't YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// String writes the date as 2006-01-02, which sorts.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// IsZero reports whether d is the zero Date, which is no day.
func (d Date) IsZero() bool { return d == Date{} }

// AddDays returns the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.at(0, time.UTC).AddDate(0, 0, n)) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.at(0, time.UTC).Weekday() }

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.at(0, time.UTC).Before(e.at(0, time.UTC)) }

// MarshalText writes the date as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate does.
func (d *Date) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDate(string(text))
	return err
}

// at is the instant at which the clocks of the zone show the minute of this
// day; 1440 is midnight at its end. Minutes that a change of the clocks leaves
// out or repeats are read as time.Date does.
func (d Date) at(minute int, zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, minute, 0, 0, zone).UTC()
}
