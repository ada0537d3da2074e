// Package testenv decides what a test does on a machine that lacks something
// it needs, such as a database server or a browser.
package testenv

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Require names the environment variable that lists, separated by commas, what
// must not be missing. A test that would be skipped for want of one of them
// fails instead.
const Require = "VENUEKIT_REQUIRE"

var said sync.Map // what -> true, once its reason stood in a message in full

// Missing ends the test because what, a short name such as "postgres", isn't
// there. why is the whole sentence for the reader; a test binary says it once
// and later skips say the name only. The test is skipped, or fails when
// [Require] lists what.
func Missing(t testing.TB, what, why string) {
	t.Helper()
	if Required(what) {
		t.Fatalf("%s is missing, and %s asks for it: %s", what, Require, why)
	}
	if _, again := said.LoadOrStore(what, true); again {
		t.Skipf("no %s", what)
	}
	t.Skipf("no %s: %s", what, why)
}

// Required tells whether [Require] lists what.
func Required(what string) bool {
	list := strings.Split(os.Getenv(Require), ",")
	return slices.ContainsFunc(list, func(s string) bool { return strings.TrimSpace(s) == what })
}
