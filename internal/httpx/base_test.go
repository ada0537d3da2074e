package httpx_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
)

func TestBasePathIsWhatPatternsBeginWith(t *testing.T) {
	for given, want := range map[string]string{"": "/me", "/": "", "/konto": "/konto", "/konto/": "/konto", "/a/b//": "/a/b"} {
		require.Equal(t, want, httpx.BasePath("pkg", given, "/me"), given)
	}
	require.PanicsWithValue(t, "pkg: BasePath konto doesn't begin with a slash", func() { httpx.BasePath("pkg", "konto", "/me") })
}
