package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/text"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
)

// calendar answers with the booking as an iCalendar file (RFC 5545).
func (s *Site) calendar(w http.ResponseWriter, r *http.Request, who account.Session) error {
	v, err := s.cfg.Portal.Booking(r.Context(), customerKey(who), r.PathValue("id"))
	if err != nil {
		return err
	}
	if v.Status == portal.StatusCancelled {
		return httpx.NotFound
	}
	tenant := edge.Tenant(r)
	name := text.For(edge.Language(r)).T("booking.title", "reference", v.Reference)
	page := tenant.URL(s.item(v).Path())
	var b bytes.Buffer
	for _, line := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//venuekit//reference server//EN", "BEGIN:VEVENT",
		"UID:" + calendarText(v.ID+"@"+tenant.Hosts[0]),
		"DTSTAMP:" + calendarTime(s.cfg.Now()), "DTSTART:" + calendarTime(v.StartsAt), "DTEND:" + calendarTime(v.EndsAt),
		"SUMMARY:" + calendarText(v.Venue.Name), "LOCATION:" + calendarText(v.Venue.Name),
		"DESCRIPTION:" + calendarText(name+"\n"+page), "URL:" + page,
		"END:VEVENT", "END:VCALENDAR",
	} {
		foldLine(&b, line)
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", v.Reference+".ics"))
	h.Set("Cache-Control", "private, no-store")
	return send(w, r, http.StatusOK, b.Bytes())
}

func calendarTime(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

var calendarEscapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r", "", "\n", `\n`)

func calendarText(s string) string { return calendarEscapes.Replace(s) }

// foldLine writes a line in pieces of at most 75 bytes, and never cuts a
// letter: what follows begins with a blank.
func foldLine(b *bytes.Buffer, line string) {
	for limit := 75; len(line) > limit; limit = 74 {
		cut := limit
		for !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	b.WriteString(line + "\r\n")
}
