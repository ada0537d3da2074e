package text

import (
	"strconv"
	"time"
)

// evening and night bound what is called an evening and a night, in hours of the local clock.
const (
	eveningFrom = 17
	nightUntil  = 5
	nightAhead  = 12 * time.Hour
)

// Time writes the time of day: "18:00".
func (p Printer) Time(t time.Time, loc *time.Location) string { return t.In(loc).Format("15:04") }

// TimeRange writes the times of day of a start and an end: "18:00–20:00".
func (p Printer) TimeRange(start, end time.Time, loc *time.Location) string {
	return p.Time(start, loc) + "–" + p.Time(end, loc)
}

// Date writes the day: "fre 27 nov", with the year where it isn't that of now.
func (p Printer) Date(t, now time.Time, loc *time.Location) string {
	l, t := p.speech(), t.In(loc)
	s := l.weekdays[t.Weekday()] + " " + strconv.Itoa(t.Day()) + " " + l.months[t.Month()-1]
	if t.Year() != now.In(loc).Year() {
		s += " " + strconv.Itoa(t.Year())
	}
	return s
}

// LongDate writes the day in full, always with the year: "fredag 27 november 2026". For mails, which are read whenever.
func (p Printer) LongDate(t time.Time, loc *time.Location) string {
	l, t := p.speech(), t.In(loc)
	return l.weekdaysLong[t.Weekday()] + " " + strconv.Itoa(t.Day()) + " " + l.monthsLong[t.Month()-1] + " " + strconv.Itoa(t.Year())
}

// Weekday writes the weekday: "fredag".
func (p Printer) Weekday(t time.Time, loc *time.Location) string {
	return p.speech().weekdaysLong[t.In(loc).Weekday()]
}

// DateTime writes Date and Time: "fre 27 nov kl. 18:00".
func (p Printer) DateTime(t, now time.Time, loc *time.Location) string {
	return p.T("format.datetime", "date", p.Date(t, now, loc), "time", p.Time(t, loc))
}

// LongDateTime writes LongDate and Time: "fredag 27 november 2026 kl. 18:00".
func (p Printer) LongDateTime(t time.Time, loc *time.Location) string {
	return p.T("format.datetime", "date", p.LongDate(t, loc), "time", p.Time(t, loc))
}

// Day writes the day as seen from now: "i går", "i dag", "i kväll" from 17:00, "i natt" for the hours before 05:00 that lie less than
// twelve hours ahead, "i morgon", or else Date.
func (p Printer) Day(t, now time.Time, loc *time.Location) string {
	t, now = t.In(loc), now.In(loc)
	if ahead := t.Sub(now); t.Hour() < nightUntil && ahead > 0 && ahead < nightAhead {
		return p.T("day.night")
	}
	switch calendarDay(t) - calendarDay(now) {
	case 0:
		if t.Hour() >= eveningFrom {
			return p.T("day.evening")
		}
		return p.T("day.today")
	case 1:
		return p.T("day.tomorrow")
	case -1:
		return p.T("day.yesterday")
	}
	return p.Date(t, now, loc)
}

// When writes Day and Time: "i kväll kl. 18:00", "fre 27 nov kl. 18:00".
func (p Printer) When(t, now time.Time, loc *time.Location) string {
	return p.T("format.datetime", "date", p.Day(t, now, loc), "time", p.Time(t, loc))
}

// calendarDay numbers the days of the calendar, whose lengths daylight saving would otherwise disturb.
func calendarDay(t time.Time) int64 {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// Ago writes how long ago t was: "nyss" below a minute and for times ahead of now, then whole minutes, hours, and days from 24 hours on.
func (p Printer) Ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return p.T("ago.now")
	case d < time.Hour:
		return p.T("ago.minutes", "n", int64(d/time.Minute))
	case d < 24*time.Hour:
		return p.T("ago.hours", "n", int64(d/time.Hour))
	}
	return p.T("ago.days", "n", int64(d/(24*time.Hour)))
}
