package testenv_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/testenv"
)

// recorder stands for a test and notes how it ended.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper() {}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	panic(r)
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = fmt.Sprintf(format, args...)
	panic(r)
}

func missing(t *testing.T, what, why string) (r recorder) {
	require.Panics(t, func() { testenv.Missing(&r, what, why) }, "the test ends there")
	return r
}

func TestMissingSkipsAndExplainsOncePerThing(t *testing.T) {
	t.Setenv(testenv.Require, "")
	anvil, hammer := "anvil "+rand.Text(), "hammer "+rand.Text() // not said before, also when the test runs twice
	require.Equal(t, "no "+anvil+": buy one", missing(t, anvil, "buy one").skipped)
	require.Equal(t, "no "+anvil, missing(t, anvil, "buy one").skipped)
	require.Equal(t, "no "+hammer+": borrow one", missing(t, hammer, "borrow one").skipped)
}

func TestMissingFailsWhatIsRequired(t *testing.T) {
	for name, c := range map[string]struct {
		list     string
		required bool
	}{
		"nothing":                 {"", false},
		"it alone":                {"tongs", true},
		"it among others":         {"anvil,tongs", true},
		"it after a space":        {"anvil, tongs", true},
		"others":                  {"anvil,hammer", false},
		"a word that contains it": {"longtongs", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(testenv.Require, c.list)
			r := missing(t, "tongs", "forge some")
			require.Equal(t, c.required, r.failed != "")
			require.Equal(t, c.required, r.skipped == "")
			require.Equal(t, c.required, testenv.Required("tongs"))
			if c.required {
				require.Contains(t, r.failed, "forge some")
			}
		})
	}
}
