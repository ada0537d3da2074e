package portaltest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/portal"
)

// requireSame compares what came out with what was made.
func requireSame(t testing.TB, want, got portal.Booking) {
	t.Helper()
	require.NotNil(t, got.Venue.Zone, "Venue.Zone is missing")
	require.NotSame(t, time.Local, got.Venue.Zone, "Venue.Zone is the server's own")
	require.Equal(t, want.Venue.Zone.String(), got.Venue.Zone.String(), "Venue.Zone")
	for _, at := range []struct {
		name      string
		want, got *time.Time
	}{
		{"StartsAt", &want.StartsAt, &got.StartsAt}, {"EndsAt", &want.EndsAt, &got.EndsAt}, {"ChangesUntil", &want.ChangesUntil, &got.ChangesUntil},
	} {
		require.Equal(t, time.UTC, at.got.Location(), "%s is not in UTC", at.name)
		require.Zero(t, at.got.Nanosecond()%1000, "%s is finer than a microsecond", at.name)
		require.True(t, at.want.Equal(*at.got), "%s: want %s, got %s", at.name, at.want, at.got)
		*at.want = *at.got
	}
	want.Venue.Zone = got.Venue.Zone
	if len(want.Resources) == 0 && len(got.Resources) == 0 {
		want.Resources = got.Resources // none, however it is said
	}
	require.Equal(t, want, got)
}

func fidelity(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	full := sample(owner, portal.StatusConfirmed, time.Hour, 2*time.Hour)
	full.StartsAt = full.StartsAt.Add(123456789).In(full.Venue.Zone) // to be kept in UTC, to the microsecond
	full.EndsAt = full.EndsAt.Add(987654321).In(full.Venue.Zone)
	bare := sample(owner, portal.StatusConfirmed, 3*time.Hour, 4*time.Hour)
	bare.Resources, bare.ColorType, bare.Package, bare.ChangesUntil = nil, "", nil, time.Time{}
	for i, made := range []portal.Booking{r.Put(t, owner, full), r.Put(t, owner, bare)} {
		require.Equal(t, owner.TenantID, made.TenantID)
		got, err := r.Bookings.Booking(t.Context(), owner, made.ID)
		require.NoError(t, err)
		requireSame(t, made, got)
		rows := r.all(owner, portal.Upcoming, moment)
		require.Len(t, rows, 2)
		requireSame(t, made, rows[i])
	}
	for _, made := range r.crowd(owner) {
		got, err := r.Bookings.Booking(t.Context(), owner, made.ID)
		require.NoError(t, err, "a booking in state %s", made.Status)
		requireSame(t, made, got)
	}
}

func unknownIDs(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	made := r.put(owner, portal.StatusConfirmed, time.Hour, 2*time.Hour)
	for _, id := range []string{
		ids.New(), "0", "-1", "%", "_", "' OR 1=1 --", "?", "ÅÄÖ", strings.Repeat("x", 64), made.ID + " ", made.ID + "%",
	} {
		_, err := r.Bookings.Booking(t.Context(), owner, id)
		require.ErrorIs(t, err, portal.ErrNotFound, "id %q", id)
	}
}

// requireApart checks that the one customer sees nothing of the other's.
func (r *rig) requireApart(owner, other portal.CustomerKey) {
	r.Helper()
	mine, theirs := r.crowd(owner), r.crowd(other)
	r.requireBuckets(owner, mine, moment)
	r.requireBuckets(other, theirs, moment)
	for _, made := range mine {
		_, err := r.Bookings.Booking(r.Context(), other, made.ID)
		require.ErrorIs(r, err, portal.ErrNotFound)
		_, err = r.Bookings.Booking(r.Context(), owner, made.ID)
		require.NoError(r, err)
	}
}

func otherCustomer(t testing.TB, h Harness) {
	r := newRig(t, h)
	r.requireApart(r.customer(0), r.customer(0))
}

func otherTenant(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner, other := r.customer(0), r.customer(1)
	require.NotEqual(t, owner.TenantID, other.TenantID, "Harness.NewCustomer has one tenant only")
	r.requireApart(owner, other)
	// The customer's own id, at another tenant.
	stray := portal.CustomerKey{TenantID: other.TenantID, CustomerID: owner.CustomerID}
	if stray == other {
		return
	}
	for _, bucket := range portal.Buckets() {
		require.Empty(t, r.all(stray, bucket, moment), "bucket %s", bucket)
	}
}

func unverified(t testing.TB, h Harness) {
	r := newRig(t, h)
	if r.PutUnverified == nil {
		t.Log("the host has no bookings under unverified addresses")
		return
	}
	owner := r.customer(0)
	made := r.crowd(owner)
	for _, status := range []portal.Status{portal.StatusConfirmed, portal.StatusCancelled} {
		hidden := sample(owner, status, 90*time.Minute, 2*time.Hour)
		hidden = r.PutUnverified(t, owner, hidden)
		_, err := r.Bookings.Booking(t.Context(), owner, hidden.ID)
		require.ErrorIs(t, err, portal.ErrNotFound)
	}
	r.requireBuckets(owner, made, moment)
}

func sharing(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	made := r.put(owner, portal.StatusConfirmed, time.Hour, 2*time.Hour)
	spoil := func(got portal.Booking) {
		for i := range got.Resources {
			got.Resources[i] = "spoilt"
		}
		if got.Package != nil {
			got.Package.Name = "spoilt"
		}
	}
	for range 2 {
		got, err := r.Bookings.Booking(t.Context(), owner, made.ID)
		require.NoError(t, err)
		requireSame(t, made, got)
		rows := r.all(owner, portal.Upcoming, moment)
		require.Len(t, rows, 1)
		requireSame(t, made, rows[0])
		spoil(got)
		spoil(rows[0])
	}
}

func endedContext(t testing.TB, h Harness) {
	r := newRig(t, h)
	owner := r.customer(0)
	made := r.put(owner, portal.StatusConfirmed, time.Hour, 2*time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := r.Bookings.Page(ctx, portal.PageQuery{Customer: owner, Bucket: portal.Upcoming, AsOf: moment, Limit: 10})
	require.ErrorIs(t, err, context.Canceled)
	_, err = r.Bookings.Booking(ctx, owner, made.ID)
	require.ErrorIs(t, err, context.Canceled)
}
