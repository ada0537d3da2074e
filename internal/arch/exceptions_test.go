package arch_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// testFolders are the folders of internal, beside those named *test, that
// serve tests alone.
var testFolders = map[string]string{
	"internal/arch":    "these rules",
	"internal/scratch": "folders and servers that live as long as a test binary",
	"internal/testenv": "what a test does when its machine lacks something",
}

// hosts are folders that stand on the host's side: they may do what the
// library leaves to its host.
var hosts = map[string]string{
	"examples":       "programs",
	"internal/sqldb": "opens databases for the reference server and the tests",
}

// argued are functions of the library that do what is the host's, by file and
// name: start a goroutine, read the clock.
var argued = map[string]string{
	"internal/ids/ids.go:New": "the time in an id is an ordering aid that no rule reads",
}

// unscoped matches the names of the indexes that don't begin with the tenant:
// those of the reads by which a runner asks which tenants have work, and by
// which it removes what has expired, whosever it was.
var unscoped = regexp.MustCompile(`_(due|purge)(_|$)`)

// skippers are the files whose tests or helpers may skip.
var skippers = map[string]string{
	"internal/testenv/testenv.go": "the one helper that skips, or fails when VENUEKIT_REQUIRE asks",
}

// generic are folders that many machines have and a program may look into.
var generic = strings.NewReplacer("/ho"+"me/linuxbrew/", "")

func TestExceptionsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	m, err := repository()
	require.NoError(t, err)
	for _, exceptions := range []map[string]string{testFolders, hosts, argued, skippers} {
		for _, name := range slices.Sorted(maps.Keys(exceptions)) {
			path, function, _ := strings.Cut(name, ":")
			require.True(t, slices.ContainsFunc(m.files, func(f *file) bool {
				return within(f.path, path) && strings.Contains(f.text, function)
			}), "%s is gone; its exception may go too", name)
		}
	}
}
