package pgtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/pgtest"
)

func TestNewestPackageComesFirst(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/9.5/bin", "/usr/lib/postgresql/latest/bin",
	}, pgtest.NewestFirst([]string{
		"/usr/lib/postgresql/9.5/bin", "/usr/lib/postgresql/latest/bin", "/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/9.6/bin",
	}))
	require.Equal(t, []string{"/opt/homebrew/opt/postgresql@18/bin", "/opt/homebrew/opt/postgresql@9/bin"},
		pgtest.NewestFirst([]string{"/opt/homebrew/opt/postgresql@9/bin", "/opt/homebrew/opt/postgresql@18/bin"}))
}
