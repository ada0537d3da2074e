package tbtest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/tbtest"
)

func TestRun_tellsAFailureWithoutFailing(t *testing.T) {
	for name, f := range map[string]func(t testing.TB){
		"an assertion of require ends the check": func(t testing.TB) { require.Equal(t, 1, 2); panic("went on") },
		"Fatal ends the check":                   func(t testing.TB) { t.Fatal("no"); panic("went on") },
		"Errorf is a failure":                    func(t testing.TB) { t.Errorf("no %d", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			failed, log := tbtest.Run(t, f)
			require.True(t, failed)
			require.NotEmpty(t, log)
		})
	}
	failed, _ := tbtest.Run(t, func(t testing.TB) { t.Log("fine") })
	require.False(t, failed)
}
