package demo_test

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/demo"
)

func TestTheTenantsAreValidAndDiffer(t *testing.T) {
	t.Parallel()
	tenants := demo.Tenants("8123")
	registry, err := brand.NewRegistry(tenants...)
	require.NoError(t, err)
	require.Len(t, registry.All(), 2)
	require.NotEqual(t, tenants[0].Currency, tenants[1].Currency)
	require.NotEqual(t, tenants[0].Languages[0], tenants[1].Languages[0])
	for _, c := range tenants {
		require.Equal(t, "http://"+c.Hosts[0]+":8123", c.Origin)
		found, ok := registry.ByHost(c.Hosts[0] + ":8123")
		require.True(t, ok)
		require.Equal(t, c.ID, found.ID)
		img, err := png.Decode(bytes.NewReader(c.Logo.PNG()))
		require.NoError(t, err)
		require.IsType(t, &image.Paletted{}, img)
		require.Less(t, len(c.Logo.PNG()), 2500, "every first page carries it")
		_, _, _, corner := img.At(0, 0).RGBA()
		require.Zero(t, corner, "a logo stands on nothing")
		_, _, _, middle := img.At(80, 80).RGBA()
		require.EqualValues(t, 0xffff, middle)
	}
	require.NotEqual(t, tenants[0].Logo.Hash(), tenants[1].Logo.Hash())
	require.Equal(t, tenants, demo.Tenants("8123"))
}

func TestVenuesOfTheTwoTenantsKeepDifferentTime(t *testing.T) {
	t.Parallel()
	zones := map[string]string{}
	for _, v := range demo.Venues() {
		require.NoError(t, v.Validate())
		require.Contains(t, []string{"", v.Zone}, zones[v.TenantID])
		zones[v.TenantID] = v.Zone
		require.Less(t, v.Hours[6].Close, v.Hours[6].Open, "Saturday goes past midnight")
		require.Len(t, v.Seasons, 3)
	}
	require.Equal(t, map[string]string{"klotet": "Europe/Stockholm", "tumblepin": "Europe/London"}, zones)
}

func TestAccountsAreAStaticListWithEveryRoleAndNote(t *testing.T) {
	t.Parallel()
	accounts := demo.Accounts()
	require.Equal(t, accounts, demo.Accounts())
	seen, addresses := map[string]int{}, map[string]bool{}
	for _, a := range accounts {
		require.Equal(t, a.TenantID+".localhost", a.Host)
		require.True(t, strings.HasSuffix(a.Email, "@example.com") || strings.HasSuffix(a.Email, "@example.org"), a.Email)
		require.False(t, addresses[a.Email], "%s is one account", a.Email)
		addresses[a.Email] = true
		require.NotContains(t, a.Note, "\t")
		seen[a.TenantID+" "+a.Role]++
		if a.Role == demo.RoleCustomer {
			seen[a.TenantID+" "+a.Note]++
		}
	}
	for _, tenant := range []string{"klotet ", "tumblepin "} {
		for what, want := range map[string]int{
			demo.RoleOwner: 1, demo.RoleManager: 2, demo.RoleHost: 2, demo.RoleSupport: 1, demo.RoleCustomer: 4,
			demo.NoteManyBookings: 1, demo.NoteTwoVisitsFromGold: 1, demo.NoteBookingTonight: 1, demo.NoteNewCustomer: 1,
		} {
			require.Equal(t, want, seen[tenant+what], tenant+what)
		}
	}
}
