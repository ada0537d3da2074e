package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// importBatch is how many bookings one transaction of Import holds.
const importBatch = 1000

// Import writes bookings as they are, in bulk, and returns how many were new: a
// booking whose id the tenant has already is passed over. Opening hours, prices
// and the clock are not asked. Live bookings take their resources.
//
// What is left out is filled in: ServiceDay from the venue, Reference from the
// id, revisions 1, SlotRevisedAt and UpdatedAt from CreatedAt, the currency of
// Paid from Price.
//
// With observe, Config.Changed is called for each new booking. Each batch of
// 1,000 is a transaction of its own: after an error the batches before it stay,
// and the whole import may be called again. ErrInvalid, ErrUnavailable when a
// live booking's resources are taken, ErrConflict when a given reference is
// taken on its day, ErrNotFound for an unknown venue.
func (e *Engine) Import(ctx context.Context, bookings []Booking, observe bool) (int, error) {
	venues := make(map[VenueKey]Venue)
	total := 0
	for batch := range slices.Chunk(bookings, importBatch) {
		batch = slices.Clone(batch)
		drawn := make(map[Key]bool) // bookings whose reference is the engine's to choose
		for i := range batch {
			if err := e.complete(ctx, &batch[i], venues); err != nil {
				return total, err
			}
			if batch[i].Reference == "" {
				batch[i].Reference = reference(batch[i].ID, 0)
				drawn[batch[i].Key()] = true
			}
		}
		added := 0
		err := e.db.InTx(ctx, func(q bunx.Queries) (err error) {
			added, err = e.importBatch(ctx, q, batch, drawn, observe)
			return err
		})
		if errors.Is(err, errLost) {
			err = &UnavailableError{}
		}
		if err != nil {
			return total, err
		}
		total += added
	}
	return total, nil
}

// complete fills in what an imported booking leaves out, and checks it.
func (e *Engine) complete(ctx context.Context, b *Booking, venues map[VenueKey]Venue) error {
	b.StartsAt, b.EndsAt = bunx.Time(b.StartsAt), bunx.Time(b.EndsAt)
	if err := b.validate(); err != nil {
		return fmt.Errorf("booking %q: %w", b.ID, err)
	}
	k := VenueKey{b.TenantID, b.VenueID}
	v, ok := venues[k]
	if !ok {
		var err error
		if v, err = e.Venue(ctx, k); err != nil {
			return err
		}
		venues[k] = v
	}
	if b.ServiceDay.IsZero() {
		b.ServiceDay = v.ServiceDay(b.StartsAt)
	}
	b.Revision = cmp.Or(b.Revision, 1)
	b.SlotRevision = cmp.Or(b.SlotRevision, 1)
	b.HolderRevision = cmp.Or(b.HolderRevision, 1)
	if b.SlotRevisedAt.IsZero() {
		b.SlotRevisedAt = b.CreatedAt
	}
	if b.UpdatedAt.IsZero() {
		b.UpdatedAt = b.CreatedAt
	}
	for _, t := range []*time.Time{&b.CreatedAt, &b.UpdatedAt, &b.SlotRevisedAt, &b.HoldUntil, &b.CheckedInAt} {
		*t = bunx.Time(*t)
	}
	b.Price.Currency = cmp.Or(b.Price.Currency, v.Currency)
	b.Paid.Currency = b.Price.Currency
	return nil
}

func (b Booking) validate() error {
	var f faults
	f.id("tenant_id", b.TenantID)
	f.id("id", b.ID)
	f.id("venue_id", b.VenueID)
	f.optional("customer_id", b.CustomerID)
	f.optional("package_id", b.PackageID)
	f.when(!b.Kind.valid(), "kind", "unknown")
	f.when(len(b.Resources) == 0 || b.Kind == Event && len(b.Resources) != 1, "resources", "range")
	for _, id := range b.Resources {
		f.id("resources", id)
	}
	f.when(b.PartySize < 1 || b.PartySize > maxParty, "party_size", "range")
	f.when(!validSpan(b.StartsAt, b.EndsAt), "ends_at", "range")
	f.when(b.CreatedAt.IsZero(), "created_at", "required")
	f.when(b.Status == Pending && b.HoldUntil.IsZero(), "hold_until", "required")
	f.when(b.Price.Amount < 0 || b.Paid.Amount < 0, "price", "range")
	if b.Reference != "" {
		ref, ok := ParseReference(b.Reference)
		f.when(!ok || ref != b.Reference, "reference", "malformed")
	}
	if !slices.Contains([]Status{Pending, Confirmed, CheckedIn, Completed, Cancelled, NoShow}, b.Status) {
		f.add("status", "unknown")
	}
	return f.err()
}

func (e *Engine) importBatch(ctx context.Context, q bunx.Queries, batch []Booking, drawn map[Key]bool, observe bool) (int, error) {
	added, err := insertAll(ctx, q, batch, drawn)
	if err != nil {
		return 0, err
	}
	var rows []slotRow
	sums := make(map[eventKey]int)
	for _, b := range added {
		rows = append(rows, units(b)...)
		countSeats(sums, b, 1)
	}
	slices.SortFunc(rows, func(a, b slotRow) int {
		return cmp.Or(cmp.Compare(a.TenantID, b.TenantID), cmp.Compare(a.VenueID, b.VenueID),
			cmp.Compare(a.ResourceID, b.ResourceID), a.SlotAt.Compare(b.SlotAt))
	})
	if err := take(ctx, q, rows); err != nil {
		return 0, err
	}
	if err := moveSeats(ctx, q, sums); err != nil {
		return 0, err
	}
	if observe {
		for _, b := range added {
			if err := e.cfg.Changed(ctx, q.Tx(), b); err != nil {
				return 0, err
			}
		}
	}
	return len(added), nil
}

// insertAll inserts the bookings that aren't there and returns them as written.
// Those whose drawn reference is taken get another.
func insertAll(ctx context.Context, q bunx.Queries, batch []Booking, drawn map[Key]bool) ([]Booking, error) {
	left := slices.Clone(batch)
	var added []Booking
	for n := 1; len(left) > 0; n++ {
		written, err := insertNew(ctx, q, left)
		if err != nil {
			return nil, err
		}
		var known map[Key]bool
		if len(written) < len(left) {
			if known, err = existing(ctx, q, left); err != nil {
				return nil, err
			}
		}
		var again []Booking
		for _, b := range left {
			switch {
			case written[b.Key()]:
				added = append(added, b)
				delete(written, b.Key()) // a second one of the same id is no news
			case known[b.Key()]:
			case !drawn[b.Key()] || n == maxReferences:
				return nil, fmt.Errorf("%w: reference of booking %q is taken", ErrConflict, b.ID)
			default:
				b.Reference = reference(b.ID, n)
				again = append(again, b)
			}
		}
		left = again
	}
	return added, nil
}

func insertNew(ctx context.Context, q bunx.Queries, bookings []Booking) (map[Key]bool, error) {
	rows := make([]bookingRow, len(bookings))
	for i, b := range bookings {
		rows[i] = newBookingRow(b)
	}
	var written []bookingRow
	err := q.Insert(&rows).On("CONFLICT DO NOTHING").Returning("tenant_id, id").Scan(ctx, &written)
	if err != nil {
		return nil, err
	}
	return keysOf(written), nil
}

func existing(ctx context.Context, q bunx.Queries, bookings []Booking) (map[Key]bool, error) {
	byTenant := make(map[string][]string)
	for _, b := range bookings {
		byTenant[b.TenantID] = append(byTenant[b.TenantID], b.ID)
	}
	known := make(map[Key]bool)
	for tenant, ids := range byTenant {
		var rows []bookingRow
		err := q.All(ctx, &rows, `SELECT tenant_id, id FROM booking_bookings WHERE tenant_id = ? AND id IN (?)`, tenant, bun.List(ids))
		if err != nil {
			return nil, err
		}
		for k := range keysOf(rows) {
			known[k] = true
		}
	}
	return known, nil
}

func keysOf(rows []bookingRow) map[Key]bool {
	keys := make(map[Key]bool, len(rows))
	for _, r := range rows {
		keys[Key{r.TenantID, r.ID}] = true
	}
	return keys
}
