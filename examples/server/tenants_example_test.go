package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

func TestTheExampleOfATenantsFileIsGood(t *testing.T) {
	f, err := os.Open("tenants.example.json")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	tenants, err := brand.ParseTenants(f, nil)
	require.NoError(t, err)
	_, err = brand.NewRegistry(tenants...)
	require.NoError(t, err)
}
