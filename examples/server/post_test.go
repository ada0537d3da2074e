package main

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/mail"
)

func TestAMailGreetsByNameWhoHasProvedTheAddress(t *testing.T) {
	t.Parallel()
	c := newClient(t, klotet)
	email := "greeted." + strings.ToLower(rand.Text()) + "@example.com"
	guest, err := c.app.Accounts.EnsureCustomer(t.Context(), klotet, email, "You have won", "en")
	require.NoError(t, err)
	c.subject = guest.ID
	b := c.book(hall)
	data, err := json.Marshal(confirmation{b.ID, b.SlotRevision})
	require.NoError(t, err)
	written := func() string {
		m, err := c.app.renderConfirmation(t.Context(), mail.Job{TenantID: klotet, Kind: confirmationJob, Data: data})
		require.NoError(t, err)
		require.Contains(t, m.Text, b.Reference)
		return m.Subject + m.Text + m.HTML
	}
	require.NotContains(t, written(), "You have won", "anybody may have written it")
	require.NoError(t, c.app.Accounts.Verify(t.Context(), account.Key{TenantID: klotet, ID: guest.ID}, time.Now()))
	require.Contains(t, written(), "You have won")
}
