package brand_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

func kulan(c *brand.Config) {
	c.ID, c.Hosts, c.Origin = "kulan", []string{"kulan.localhost", "kulan.example"}, "https://kulan.example"
}

func TestAHostFindsItsTenantByExactName(t *testing.T) {
	t.Parallel()
	registry, err := brand.NewRegistry(config(kulan), config(nil))
	require.NoError(t, err)
	for host, want := range map[string]string{
		"klotet.localhost":                  "klotet",
		"klotet.localhost:8080":             "klotet",
		"KloTet.LOCALHOST":                  "klotet",
		"klotet.localhost.":                 "klotet",
		"klotet.localhost.:8080":            "klotet",
		"kulan.localhost":                   "kulan",
		"kulan.example":                     "kulan",
		"":                                  "",
		".":                                 "",
		":8080":                             "",
		"localhost":                         "",
		"a.klotet.localhost":                "",
		"klotet":                            "",
		"xklotet.localhost":                 "",
		"klotet.localhost..":                "",
		".klotet.localhost":                 "",
		"klotet.localhost:":                 "",
		"klotet.localhost:0":                "",
		"klotet.localhost:65536":            "",
		"klotet.localhost:-1":               "",
		"klotet.localhost:http":             "",
		"klotet.localhost:80:80":            "",
		"klotet.localhost/":                 "",
		"klotet.localhost#":                 "",
		"user@klotet.localhost":             "",
		"klotet.localhost@evil.example":     "",
		"evil.example:80@klotet.localhost":  "",
		"klotet.localhost:80@evil.example":  "",
		"klotet.localhost, kulan.localhost": "",
		" klotet.localhost":                 "",
		"klotet.localhost\x00":              "",
		"klotet%2elocalhost":                "",
		"[::1]":                             "",
		"[::1]:8080":                        "",
		"::1":                               "",
		"[klotet.localhost]":                "",
		"127.0.0.1":                         "",
		"\u212aulan.localhost":              "", // the Kelvin sign, whose lower case is k
		strings.Repeat("a", 5000) + ".localhost:80": "",
	} {
		c, ok := registry.ByHost(host)
		require.Equal(t, want != "", ok, "%q", host)
		require.Equal(t, want, c.ID, "%q", host)
	}
}

func TestATenantIsFoundByID(t *testing.T) {
	t.Parallel()
	registry, err := brand.NewRegistry(config(kulan), config(nil))
	require.NoError(t, err)
	c, ok := registry.ByID("kulan")
	require.True(t, ok)
	require.Equal(t, "https://kulan.example", c.Origin)
	_, ok = registry.ByID("kulan2")
	require.False(t, ok)
}

func TestAllTenantsComeByID(t *testing.T) {
	t.Parallel()
	registry, err := brand.NewRegistry(config(kulan), config(nil))
	require.NoError(t, err)
	all := registry.All()
	require.Equal(t, []string{"klotet", "kulan"}, []string{all[0].ID, all[1].ID})
	all[0].ID = "other"
	require.Equal(t, "klotet", registry.All()[0].ID)
}

func TestARegistryOfNobodyKnowsNobody(t *testing.T) {
	t.Parallel()
	registry, err := brand.NewRegistry()
	require.NoError(t, err)
	_, ok := registry.ByHost("")
	require.False(t, ok)
	_, ok = registry.ByID("")
	require.False(t, ok)
}

func TestTwoTenantsMayShareNeitherIDNorHost(t *testing.T) {
	t.Parallel()
	_, err := brand.NewRegistry(config(nil), config(kulan), config(func(c *brand.Config) {
		kulan(c)
		c.Name = ""
	}))
	var faults brand.Faults
	require.ErrorAs(t, err, &faults)
	var fields []string
	for _, f := range faults {
		fields = append(fields, f.Field+" "+f.Code)
	}
	require.Equal(t, []string{"/2/name required", "/2/id duplicate", "/2/hosts/0 duplicate", "/2/hosts/1 duplicate"}, fields)
}
