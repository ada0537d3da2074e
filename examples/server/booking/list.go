package booking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/petanque-life/venuekit/internal/bunx"
)

// PutVenue adds the venue or replaces it. Bookings keep the service day they
// were made with. ErrInvalid.
func (e *Engine) PutVenue(ctx context.Context, v Venue) error {
	if err := v.Validate(); err != nil {
		return err
	}
	row := newVenueRow(v)
	_, err := e.db.Q().Insert(&row).On("CONFLICT (tenant_id, id) DO UPDATE").
		Set("name = EXCLUDED.name").Set("zone = EXCLUDED.zone").Set("hours = EXCLUDED.hours").
		Set("cutoff = EXCLUDED.cutoff").Set("seasons = EXCLUDED.seasons").Set("currency = EXCLUDED.currency").
		Set("checkin_optional = EXCLUDED.checkin_optional").Set("address = EXCLUDED.address").Exec(ctx)
	return err
}

// PutResource adds the resource or replaces it. An event keeps the seats it has
// sold: ErrConflict when it would have fewer than those, or another time once
// some are. The kind of a resource stays. ErrNotFound for an unknown
// venue, ErrInvalid.
func (e *Engine) PutResource(ctx context.Context, r Resource) error {
	if err := r.Validate(); err != nil {
		return err
	}
	if _, err := e.Venue(ctx, VenueKey{r.TenantID, r.VenueID}); err != nil {
		return err
	}
	row := newResourceRow(r)
	res, err := e.db.Q().Insert(&row).On("CONFLICT (tenant_id, venue_id, id) DO UPDATE").
		Set("name = EXCLUDED.name").Set("color_type = EXCLUDED.color_type").Set("price = EXCLUDED.price").
		Set("capacity = EXCLUDED.capacity").Set("starts_at = EXCLUDED.starts_at").Set("ends_at = EXCLUDED.ends_at").
		Set("retired_at = EXCLUDED.retired_at").
		Where("r.kind = EXCLUDED.kind").
		Where("r.seats_taken <= EXCLUDED.capacity OR EXCLUDED.kind <> 'event'").
		Where("r.seats_taken = 0 OR r.starts_at = EXCLUDED.starts_at AND r.ends_at = EXCLUDED.ends_at").
		Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fmt.Errorf("%w: resource %q is booked or of another kind", ErrConflict, r.ID)
}

// PutPackage adds the food package or replaces it. ErrNotFound for an unknown
// venue, ErrInvalid.
func (e *Engine) PutPackage(ctx context.Context, p Package) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if _, err := e.Venue(ctx, VenueKey{p.TenantID, p.VenueID}); err != nil {
		return err
	}
	row := packageRow{
		TenantID: p.TenantID, VenueID: p.VenueID, ID: p.ID, Name: p.Name,
		PricePerPerson: p.PricePerPerson, RetiredAt: bunx.Time(p.RetiredAt),
	}
	_, err := e.db.Q().Insert(&row).On("CONFLICT (tenant_id, venue_id, id) DO UPDATE").
		Set("name = EXCLUDED.name").Set("price_per_person = EXCLUDED.price_per_person").
		Set("retired_at = EXCLUDED.retired_at").Exec(ctx)
	return err
}

// Venue returns one venue. ErrNotFound.
func (e *Engine) Venue(ctx context.Context, k VenueKey) (Venue, error) {
	return venueOf(ctx, e.db.Q(), k)
}

// Venues returns the tenant's venues, by id.
func (e *Engine) Venues(ctx context.Context, tenant string) ([]Venue, error) {
	var rows []venueRow
	err := e.db.Q().All(ctx, &rows, `SELECT * FROM booking_venues WHERE tenant_id = ? ORDER BY id`, tenant)
	if err != nil {
		return nil, err
	}
	venues := make([]Venue, len(rows))
	for i, row := range rows {
		if venues[i], err = row.venue(); err != nil {
			return nil, err
		}
	}
	return venues, nil
}

// Resources returns the venue's resources of a kind, or of all for "", by id,
// the retired ones too.
func (e *Engine) Resources(ctx context.Context, k VenueKey, kind Kind) ([]Resource, error) {
	return resources(ctx, e.db.Q(), k, kind)
}

// Packages returns the venue's food packages by id, the retired ones too.
func (e *Engine) Packages(ctx context.Context, k VenueKey) ([]Package, error) {
	var rows []packageRow
	err := e.db.Q().All(ctx, &rows, `SELECT * FROM booking_packages WHERE tenant_id = ? AND venue_id = ? ORDER BY id`, k.TenantID, k.VenueID)
	if err != nil {
		return nil, err
	}
	packages := make([]Package, len(rows))
	for i, row := range rows {
		packages[i] = row.pkg()
	}
	return packages, nil
}

func venueOf(ctx context.Context, q bunx.Queries, k VenueKey) (Venue, error) {
	var row venueRow
	err := q.Get(ctx, &row, `SELECT * FROM booking_venues WHERE tenant_id = ? AND id = ?`, k.TenantID, k.VenueID)
	if err != nil {
		return Venue{}, notFound(err, "venue", k.VenueID)
	}
	return row.venue()
}

func resources(ctx context.Context, q bunx.Queries, k VenueKey, kind Kind) ([]Resource, error) {
	query, args := `SELECT * FROM booking_resources WHERE tenant_id = ? AND venue_id = ?`, []any{k.TenantID, k.VenueID}
	if kind != "" {
		query, args = query+` AND kind = ?`, append(args, kind)
	}
	var rows []resourceRow
	if err := q.All(ctx, &rows, query+` ORDER BY id`, args...); err != nil {
		return nil, err
	}
	all := make([]Resource, len(rows))
	for i, row := range rows {
		all[i] = row.resource()
	}
	return all, nil
}

// packageOf reads a package; the zero Package for "". An unknown one is a fault
// of the request.
func packageOf(ctx context.Context, q bunx.Queries, k VenueKey, id string) (Package, error) {
	if id == "" {
		return Package{}, nil
	}
	var row packageRow
	err := q.Get(ctx, &row, `SELECT * FROM booking_packages WHERE tenant_id = ? AND venue_id = ? AND id = ?`, k.TenantID, k.VenueID, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Package{}, invalid("package_id", "unknown")
	}
	return row.pkg(), err
}
