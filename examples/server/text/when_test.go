package text_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones, on machines without them

	"github.com/stretchr/testify/require"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func at(t testing.TB, loc *time.Location, s string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
	require.NoError(t, err)
	return v.UTC()
}

func TestADayIsNamedAsSeenFromNow(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Stockholm")
	for _, c := range []struct{ name, now, t, sv, en string }{
		{"this morning", "2026-11-22 12:00", "2026-11-22 09:00", "i dag", "today"},
		{"an hour before the evening", "2026-11-22 12:00", "2026-11-22 16:59", "i dag", "today"},
		{"the evening's first minute", "2026-11-22 12:00", "2026-11-22 17:00", "i kväll", "tonight"},
		{"this evening, seen later", "2026-11-22 23:00", "2026-11-22 18:00", "i kväll", "tonight"},
		{"the coming night", "2026-11-22 20:00", "2026-11-23 00:30", "i natt", "tonight"},
		{"the night, seen from inside", "2026-11-23 00:10", "2026-11-23 02:00", "i natt", "tonight"},
		{"the night, twelve hours ahead", "2026-11-22 12:30", "2026-11-23 00:30", "i morgon", "tomorrow"},
		{"five in the morning", "2026-11-22 20:00", "2026-11-23 05:00", "i morgon", "tomorrow"},
		{"the night that was", "2026-11-22 08:00", "2026-11-22 00:30", "i dag", "today"},
		{"tomorrow evening", "2026-11-22 00:00", "2026-11-23 23:59", "i morgon", "tomorrow"},
		{"yesterday", "2026-11-22 00:00", "2026-11-21 23:59", "i går", "yesterday"},
		{"two days ahead", "2026-11-22 12:00", "2026-11-24 18:00", "tis 24 nov", "Tue 24 Nov"},
		{"over the new year", "2026-12-31 23:00", "2027-01-01 18:00", "i morgon", "tomorrow"},
		{"the day that clocks go back", "2026-10-24 23:30", "2026-10-25 23:30", "i morgon", "tomorrow"},
		{"the day that clocks go forward", "2026-03-28 12:00", "2026-03-29 12:00", "i morgon", "tomorrow"},
		{"the day after a short day", "2026-03-29 00:30", "2026-03-30 00:00", "i morgon", "tomorrow"},
	} {
		now, when := at(t, loc, c.now), at(t, loc, c.t)
		require.Equal(t, c.sv, printer(t, "sv").Day(when, now, loc), c.name)
		require.Equal(t, c.en, printer(t, "en").Day(when, now, loc), c.name)
	}
}

func TestTheZoneDecidesTheDayAndTheHour(t *testing.T) {
	t.Parallel()
	p := printer(t, "en")
	instant, now := time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC), time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	require.Equal(t, "Sun 22 Nov at 23:30", p.DateTime(instant, now, time.UTC))
	require.Equal(t, "Mon 23 Nov at 00:30", p.DateTime(instant, now, zone(t, "Europe/Stockholm")))
	require.Equal(t, "Sun 22 Nov at 18:30", p.DateTime(instant, now, zone(t, "America/New_York")))
	require.Equal(t, "Monday", p.Weekday(instant, zone(t, "Europe/Stockholm")))
}

func TestTheYearStandsWhereItIsNotThisOne(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Stockholm")
	sv, en := printer(t, "sv"), printer(t, "en")
	now := at(t, loc, "2026-11-22 12:00")
	require.Equal(t, "fre 27 nov", sv.Date(at(t, loc, "2026-11-27 18:00"), now, loc))
	require.Equal(t, "fre 1 jan 2027", sv.Date(at(t, loc, "2027-01-01 00:00"), now, loc))
	require.Equal(t, "Sat 27 Dec 2025", en.Date(at(t, loc, "2025-12-27 18:00"), now, loc))
	// 23:30 UTC on the last day of the year is next year in Stockholm, for now as for the date.
	eve := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC)
	require.Equal(t, "fre 1 jan", sv.Date(eve, eve, loc))
}

func TestDatesAndTimesInFull(t *testing.T) {
	t.Parallel()
	loc := zone(t, "Europe/Stockholm")
	sv, en := printer(t, "sv"), printer(t, "en")
	start, end, now := at(t, loc, "2026-11-27 18:00"), at(t, loc, "2026-11-27 20:00"), at(t, loc, "2026-11-22 12:00")
	require.Equal(t, "18:00", sv.Time(start, loc))
	require.Equal(t, "18:00–20:00", en.TimeRange(start, end, loc))
	require.Equal(t, "fredag 27 november 2026", sv.LongDate(start, loc))
	require.Equal(t, "Friday 27 November 2026", en.LongDate(start, loc))
	require.Equal(t, "fredag 27 november 2026 kl. 18:00", sv.LongDateTime(start, loc))
	require.Equal(t, "fre 27 nov kl. 18:00", sv.DateTime(start, now, loc))
	require.Equal(t, "Fri 27 Nov at 18:00", en.When(start, now, loc))
	require.Equal(t, "i kväll kl. 18:00", sv.When(start, start, loc))
	require.Equal(t, "tonight at 18:00", en.When(start, start, loc))
}

func TestEveryMonthAndWeekdayHasItsName(t *testing.T) {
	t.Parallel()
	sv, en := printer(t, "sv"), printer(t, "en")
	for month := time.January; month <= time.December; month++ {
		day := time.Date(2026, month, 5, 12, 0, 0, 0, time.UTC)
		require.Equal(t, day.Format("Monday 2 January 2006"), en.LongDate(day, time.UTC))
		require.Equal(t, day.Format("Mon 2 Jan"), en.Date(day, day, time.UTC))
		require.NotContains(t, sv.LongDate(day, time.UTC), "  ")
	}
	var week []string
	for day := range 7 {
		week = append(week, sv.Weekday(time.Date(2026, 11, 22+day, 12, 0, 0, 0, time.UTC), time.UTC))
	}
	require.Equal(t, "söndag, måndag, tisdag, onsdag, torsdag, fredag och lördag", sv.List(week))
}

func TestHowLongAgoIsRoundedDown(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration][2]string{
		-time.Hour:                     {"nyss", "just now"},
		0:                              {"nyss", "just now"},
		time.Minute - 1:                {"nyss", "just now"},
		time.Minute:                    {"för 1 min sedan", "1 min ago"},
		3*time.Minute + 59*time.Second: {"för 3 min sedan", "3 min ago"},
		time.Hour - 1:                  {"för 59 min sedan", "59 min ago"},
		time.Hour:                      {"för 1 timme sedan", "1 hour ago"},
		23*time.Hour + 59*time.Minute:  {"för 23 timmar sedan", "23 hours ago"},
		24 * time.Hour:                 {"för 1 dag sedan", "1 day ago"},
		49 * time.Hour:                 {"för 2 dagar sedan", "2 days ago"},
	} {
		require.Equal(t, want, [2]string{printer(t, "sv").Ago(now.Add(-ago), now), printer(t, "en").Ago(now.Add(-ago), now)}, ago)
	}
}
