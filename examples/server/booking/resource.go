package booking

import (
	"cmp"
	"slices"
	"time"
)

// Kind is what is booked.
type Kind string

// The kinds of resources.
const (
	Lane  Kind = "lane"
	Table Kind = "table"
	Event Kind = "event"
)

func (k Kind) valid() bool { return k == Lane || k == Table || k == Event }

// Resource is a lane or a table, booked by the half hour, or an event with
// seats, booked as a whole.
type Resource struct {
	TenantID  string
	VenueID   string
	ID        string
	Name      string
	Kind      Kind
	ColorType string // a key of the tenant's list, "" for unknown
	Price     int64  // minor units: per hour of a lane or table, per seat of an event
	Capacity  int    // people at a lane or table, seats of an event

	// Events only.
	StartsAt   time.Time
	EndsAt     time.Time
	SeatsTaken int // read only

	RetiredAt time.Time // from when it isn't booked any more; zero for in use
}

// Package is a bundle of food, ordered with a booking for the whole party.
type Package struct {
	TenantID       string
	VenueID        string
	ID             string
	Name           map[string]string // by language: sv, en
	PricePerPerson int64             // minor units
	RetiredAt      time.Time         // from when it isn't sold any more; zero for on sale
}

// Validate returns an *InvalidError with every fault of the resource, or nil.
func (r Resource) Validate() error {
	var f faults
	f.id("tenant_id", r.TenantID)
	f.id("venue_id", r.VenueID)
	f.id("id", r.ID)
	f.when(r.Name == "", "name", "required")
	f.text("name", r.Name, 200)
	f.text("color_type", r.ColorType, 64)
	f.when(!r.Kind.valid(), "kind", "unknown")
	f.when(r.Capacity < 1 || r.Capacity > maxParty, "capacity", "range")
	f.when(r.Price < 0 || r.Price > maxPrice, "price", "range")
	if r.Kind == Event {
		f.when(!validSpan(r.StartsAt, r.EndsAt), "ends_at", "range")
	} else {
		f.when(!r.StartsAt.IsZero() || !r.EndsAt.IsZero(), "starts_at", "mismatch")
	}
	return f.err()
}

// Validate returns an *InvalidError with every fault of the package, or nil.
func (p Package) Validate() error {
	var f faults
	f.id("tenant_id", p.TenantID)
	f.id("venue_id", p.VenueID)
	f.id("id", p.ID)
	f.when(len(p.Name) == 0, "name", "required")
	for language, name := range p.Name {
		f.when(name == "", "name", "required")
		f.text("name", language, 35)
		f.text("name", name, 200)
	}
	f.when(p.PricePerPerson < 0 || p.PricePerPerson > maxPrice, "price_per_person", "range")
	return f.err()
}

func (r Resource) retired(now time.Time) bool {
	return !r.RetiredAt.IsZero() && !now.Before(r.RetiredAt)
}

func (p Package) retired(now time.Time) bool {
	return !p.RetiredAt.IsZero() && !now.Before(p.RetiredAt)
}

// needed is the smallest number of the resources that seats the party, 0 when
// all of them together don't.
func needed(resources []Resource, party int) int {
	caps := make([]int, len(resources))
	for i, r := range resources {
		caps[i] = r.Capacity
	}
	slices.SortFunc(caps, func(a, b int) int { return b - a })
	for i, c := range caps {
		if party -= c; party <= 0 {
			return i + 1
		}
	}
	return 0
}

// pick chooses n of the free resources that seat the party, each as small as
// the rest allows, so that a party of two leaves the long table alone. Among
// equals the earlier wins. It returns nil when no choice of n seats the party.
func pick(free []Resource, party, n int) []Resource {
	if n < 1 || n > len(free) {
		return nil
	}
	bySize := slices.Clone(free)
	slices.SortStableFunc(bySize, func(a, b Resource) int { return cmp.Compare(a.Capacity, b.Capacity) })
	var chosen []Resource
	for len(chosen) < n {
		rest := n - len(chosen) - 1 // places still to fill after this one
		i := slices.IndexFunc(bySize, func(r Resource) bool { return party <= r.Capacity+largest(bySize, r.ID, rest) })
		if i < 0 {
			return nil
		}
		party -= bySize[i].Capacity
		chosen = append(chosen, bySize[i])
		bySize = slices.Delete(bySize, i, i+1)
	}
	return chosen
}

// largest sums the n largest capacities of resources sorted by it, leaving one out.
func largest(bySize []Resource, except string, n int) int {
	sum := 0
	for i := len(bySize) - 1; i >= 0 && n > 0; i-- {
		if bySize[i].ID != except {
			sum += bySize[i].Capacity
			n--
		}
	}
	return sum
}

// price is what the resources cost from start to end with the package for
// everyone, in minor units; a half minor unit is rounded up.
func price(resources []Resource, start, end time.Time, party int, pkg Package) int64 {
	total := pkg.PricePerPerson * int64(party)
	minutes := int64(end.Sub(start) / time.Minute)
	for _, r := range resources {
		if r.Kind == Event {
			total += r.Price * int64(party)
		} else {
			total += (r.Price*minutes + 30) / 60
		}
	}
	return total
}
