package booking_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

func date(t testing.TB, s string) booking.Date {
	t.Helper()
	d, err := booking.ParseDate(s)
	require.NoError(t, err)
	return d
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at.UTC()
}

func TestServiceDay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, at, want string
		cutoff         int
	}{
		"a minute before the cut-off is the day before":        {"Europe/Stockholm", "2026-11-21T04:59:00+01:00", "2026-11-20", 0},
		"the cut-off begins the day":                           {"Europe/Stockholm", "2026-11-21T05:00:00+01:00", "2026-11-21", 0},
		"the venue's zone decides":                             {"America/New_York", "2026-11-21T09:00:00Z", "2026-11-20", 0},
		"a venue may choose its cut-off":                       {"Europe/Stockholm", "2026-11-21T05:30:00+01:00", "2026-11-20", 6 * 60},
		"spring in Stockholm, before 05:00 summer time":        {"Europe/Stockholm", "2026-03-29T02:59:00Z", "2026-03-28", 0},
		"spring in Stockholm, from 05:00 summer time":          {"Europe/Stockholm", "2026-03-29T03:00:00Z", "2026-03-29", 0},
		"autumn in Stockholm, before 05:00 winter time":        {"Europe/Stockholm", "2026-10-25T03:59:00Z", "2026-10-24", 0},
		"autumn in Stockholm, from 05:00 winter time":          {"Europe/Stockholm", "2026-10-25T04:00:00Z", "2026-10-25", 0},
		"spring in London, before 05:00 summer time":           {"Europe/London", "2026-03-29T03:59:00Z", "2026-03-28", 0},
		"autumn in London, from 05:00 winter time":             {"Europe/London", "2026-10-25T05:00:00Z", "2026-10-25", 0},
		"the second 02:30 of autumn, with a cut-off between":   {"Europe/Stockholm", "2026-10-25T04:30:00Z", "2026-10-25", 150},
		"the year turns at the cut-off, not at midnight":       {"Europe/Stockholm", "2027-01-01T01:00:00+01:00", "2026-12-31", 0},
		"the last day of February is followed by the first of": {"Europe/Stockholm", "2028-03-01T04:00:00+01:00", "2028-02-29", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := booking.Venue{Zone: c.zone, Cutoff: c.cutoff}
			require.Equal(t, date(t, c.want), v.ServiceDay(instant(t, c.at)))
		})
	}
}

func TestServiceDayBoundsOnDaylightSavingDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day, from string
		hours           time.Duration
	}{
		{"Europe/Stockholm", "2026-03-28", "2026-03-28T04:00:00Z", 23},
		{"Europe/Stockholm", "2026-03-29", "2026-03-29T03:00:00Z", 24},
		{"Europe/Stockholm", "2026-10-24", "2026-10-24T03:00:00Z", 25},
		{"Europe/London", "2026-03-28", "2026-03-28T05:00:00Z", 23},
		{"Europe/London", "2026-10-24", "2026-10-24T04:00:00Z", 25},
		{"Europe/London", "2026-11-20", "2026-11-20T05:00:00Z", 24},
	} {
		from, to := booking.Venue{Zone: c.zone}.ServiceDayBounds(date(t, c.day))
		require.Equal(t, instant(t, c.from), from, "%s %s", c.zone, c.day)
		require.Equal(t, c.hours*time.Hour, to.Sub(from), "%s %s", c.zone, c.day)
	}
}

func TestEveryInstantIsInTheBoundsOfItsServiceDay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := booking.Venue{
			Zone:   rapid.SampledFrom([]string{"Europe/Stockholm", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"}).Draw(t, "zone"),
			Cutoff: rapid.IntRange(0, 12*60).Draw(t, "cutoff"),
		}
		at := time.Unix(rapid.Int64Range(1700000000, 1900000000).Draw(t, "unix"), 0)
		from, to := v.ServiceDayBounds(v.ServiceDay(at))
		require.False(t, at.Before(from), "%v is before %v", at, from)
		require.True(t, at.Before(to), "%v is not before %v", at, to)
	})
}

func TestOpenInterval(t *testing.T) {
	t.Parallel()
	v := booking.Venue{Zone: "Europe/Stockholm"}
	v.Hours[time.Friday] = booking.Hours{Open: 16 * 60, Close: 22 * 60}
	v.Hours[time.Saturday] = booking.Hours{Open: 16 * 60, Close: 4 * 60}
	v.Hours[time.Sunday] = booking.Hours{Open: 5 * 60, Close: 5 * 60}
	for name, c := range map[string]struct {
		day, from, to string
	}{
		"an evening":                                   {"2026-11-20", "2026-11-20T16:00:00+01:00", "2026-11-20T22:00:00+01:00"},
		"a night that passes midnight":                 {"2026-11-21", "2026-11-21T16:00:00+01:00", "2026-11-22T04:00:00+01:00"},
		"the night that loses an hour":                 {"2026-03-28", "2026-03-28T16:00:00+01:00", "2026-03-29T04:00:00+02:00"},
		"the night that wins an hour":                  {"2026-10-24", "2026-10-24T16:00:00+02:00", "2026-10-25T04:00:00+01:00"},
		"open the clock round from cut-off to cut-off": {"2026-11-22", "2026-11-22T05:00:00+01:00", "2026-11-23T05:00:00+01:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, to, ok := v.OpenInterval(date(t, c.day))
			require.True(t, ok)
			require.Equal(t, instant(t, c.from), from)
			require.Equal(t, instant(t, c.to), to)
		})
	}
	_, _, ok := v.OpenInterval(date(t, "2026-11-23"))
	require.False(t, ok, "closed on Mondays")
}

func TestSeasonsOn(t *testing.T) {
	t.Parallel()
	v := booking.Venue{Seasons: []booking.Season{
		{Name: "winter", From: "12-01", To: "02-29"},
		{Name: "julbord", From: "11-20", To: "12-23"},
		{Name: "summer", From: "06-01", To: "08-31"},
	}}
	for day, want := range map[string][]string{
		"2026-11-19": nil,
		"2026-11-20": {"julbord"},
		"2026-12-01": {"winter", "julbord"},
		"2026-12-24": {"winter"},
		"2027-02-28": {"winter"},
		"2028-02-29": {"winter"},
		"2027-03-01": nil,
		"2026-08-31": {"summer"},
		"2026-09-01": nil,
	} {
		require.Equal(t, want, v.SeasonsOn(date(t, day)), day)
	}
}

func TestVenueValidate(t *testing.T) {
	t.Parallel()
	h := &house{tenant: "chain"}
	require.NoError(t, h.venue().Validate())
	for name, c := range map[string]struct {
		change func(v *booking.Venue)
		want   booking.Field
	}{
		"a zone is required":                     {func(v *booking.Venue) { v.Zone = "" }, booking.Field{Name: "zone", Problem: "unknown"}},
		"the machine's zone is none":             {func(v *booking.Venue) { v.Zone = "Local" }, booking.Field{Name: "zone", Problem: "unknown"}},
		"a zone is an IANA name":                 {func(v *booking.Venue) { v.Zone = "Sverige" }, booking.Field{Name: "zone", Problem: "unknown"}},
		"a currency is one of ISO 4217":          {func(v *booking.Venue) { v.Currency = "QQQ" }, booking.Field{Name: "currency", Problem: "unknown"}},
		"a venue opens after its cut-off":        {func(v *booking.Venue) { v.Hours[1].Open = 60 }, booking.Field{Name: "hours", Problem: "range"}},
		"a night ends before the cut-off":        {func(v *booking.Venue) { v.Hours[1].Close = 6 * 60 }, booking.Field{Name: "hours", Problem: "range"}},
		"a cut-off is in the morning":            {func(v *booking.Venue) { v.Cutoff = 13 * 60 }, booking.Field{Name: "cutoff", Problem: "range"}},
		"a season's day exists":                  {func(v *booking.Venue) { v.Seasons[0].To = "02-30" }, booking.Field{Name: "seasons", Problem: "malformed"}},
		"a season's day is written as MM-DD":     {func(v *booking.Venue) { v.Seasons[0].To = "2-3" }, booking.Field{Name: "seasons", Problem: "malformed"}},
		"an id has at most 64 bytes and no NUL":  {func(v *booking.Venue) { v.ID = "a\x00" }, booking.Field{Name: "id", Problem: "malformed"}},
		"a currency is written in three letters": {func(v *booking.Venue) { v.Currency = "" }, booking.Field{Name: "currency", Problem: "unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := h.venue()
			c.change(&v)
			err := v.Validate()
			require.ErrorIs(t, err, booking.ErrInvalid)
			var faults *booking.InvalidError
			require.ErrorAs(t, err, &faults)
			require.Equal(t, []booking.Field{c.want}, faults.Fields)
		})
	}
}

func TestDateIsWrittenAndReadAsText(t *testing.T) {
	t.Parallel()
	d := booking.Date{Year: 2026, Month: 2, Day: 3}
	text, err := d.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "2026-02-03", string(text))
	var back booking.Date
	require.NoError(t, back.UnmarshalText(text))
	require.Equal(t, d, back)
	require.Error(t, back.UnmarshalText([]byte("2026-02-30")))
	require.Equal(t, date(t, "2026-03-01"), date(t, "2026-02-28").AddDays(1))
	require.True(t, date(t, "2025-12-31").Before(date(t, "2026-01-01")))
	require.Equal(t, time.Friday, tonight.Weekday())
}
