package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/portal"
)

// item is a booking as templates show it.
type item struct {
	portal.View
	Open    bool // not cancelled, and not over
	HasCode bool // it opens the door, now or later
	Soon    bool // within a day
}

func (s *Site) item(v portal.View) item {
	now := s.cfg.Now()
	open := portal.BucketOf(v.Booking, now) == portal.Upcoming
	coded := v.Status == portal.StatusConfirmed || v.Status == portal.StatusCheckedIn
	return item{v, open, open && coded, v.StartsAt.Sub(now) < 24*time.Hour}
}

// Path is the address of the booking's page.
func (i item) Path() string { return "/account/bookings/" + i.ID }

// Zone is where its times are shown.
func (i item) Zone() *time.Location { return i.Venue.Zone }

// StatusKey names the text of its state.
func (i item) StatusKey() string { return "status." + strings.ToLower(string(i.Status)) }

// Tone is the class of its badge.
func (i item) Tone() string {
	switch i.Status {
	case portal.StatusConfirmed, portal.StatusCheckedIn:
		return "good"
	case portal.StatusPending:
		return "warn"
	case portal.StatusNoShow:
		return "bad"
	}
	return ""
}

// CountKey names the text of how many resources there are; events go by name.
func (i item) CountKey() string {
	if i.ResourceType == portal.ResourceEvent {
		return ""
	}
	return "resource." + string(i.ResourceType) + ".count"
}

// Again is where the same may be booked once more.
func (i item) Again() string {
	pairs := []any{"venue", i.Venue.ID, "party", i.PartySize}
	if i.Package != nil {
		pairs = append(pairs, "package", i.Package.ID)
	}
	return query("/book/"+string(i.ResourceType), pairs...)
}

// allows reports whether an action is among those allowed now.
func (i item) allows(name portal.ActionName) bool {
	for _, a := range i.Actions {
		if a.Name == name {
			return a.Allowed
		}
	}
	return false
}

// CanRepeat reports whether it can be booked once more.
func (i item) CanRepeat() bool { return i.allows(portal.Repeat) }

// bookingsData is a page of one bucket.
type bookingsData struct {
	Bucket portal.Bucket
	Tabs   []tab
	Items  []item
	More   string // the address of what follows; empty on the last page
	Later  bool   // this is not the bucket's first page
}

// tab leads to a bucket.
type tab struct {
	Bucket  portal.Bucket
	Path    string
	Current bool
}

// bookings shows one bucket; the others are fetched when they are opened.
func (s *Site) bookings(w http.ResponseWriter, r *http.Request, who account.Session) error {
	q := r.URL.Query()
	bucket, err := portal.ParseBucket(q.Get("bucket"))
	if !q.Has("bucket") {
		bucket, err = portal.Upcoming, nil
	}
	if err != nil {
		return err
	}
	cursor := q.Get("cursor")
	page, err := s.cfg.Portal.List(r.Context(), customerKey(who), portal.ListRequest{Bucket: bucket, Cursor: cursor})
	if err != nil {
		return err
	}
	d := bookingsData{Bucket: bucket, Later: cursor != ""}
	for _, b := range portal.Buckets() {
		t := tab{b, "/account/bookings", b == bucket}
		if b != portal.Upcoming {
			t.Path = query(t.Path, "bucket", b)
		}
		d.Tabs = append(d.Tabs, t)
	}
	for _, v := range page.Items {
		d.Items = append(d.Items, s.item(v))
	}
	if page.Next != "" {
		d.More = query("/account/bookings", "bucket", bucket, "cursor", page.Next)
	}
	if isFragment(r) {
		return s.fragment(w, r, "bookings", "bucket", d)
	}
	return s.render(w, r, http.StatusOK, "bookings", d)
}

func customerKey(who account.Session) portal.CustomerKey {
	return portal.CustomerKey{TenantID: who.TenantID, CustomerID: who.SubjectID}
}
