package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/examples/server/booking"
)

func TestHandCheckin_leavesAnEventOfALaterReleaseAlone(t *testing.T) {
	s, err := shared()
	require.NoError(t, err)
	e := checkin.Event{TenantID: klotet, ID: "e", Subject: "none", Kind: "checkin.conflict", Data: []byte(`{"booking_id":"none"}`)}
	require.NoError(t, s.app.handCheckin(t.Context(), e))
	e.Kind = checkin.EventAdmitted
	require.ErrorIs(t, s.app.handCheckin(t.Context(), e), booking.ErrNotFound)
}
