package account_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestCookies(t *testing.T) {
	t.Parallel()
	const value = "klotet.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for name, tc := range map[string]struct {
		cookies    account.Cookies
		set, clear string
	}{
		"over https it is bound to the host": {
			account.Cookies{},
			"__Host-venuekit=" + value + "; Path=/; Expires=Fri, 20 Nov 2026 18:00:00 GMT; HttpOnly; Secure; SameSite=Lax",
			"__Host-venuekit=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax",
		},
		"over http on loopback it lacks what browsers refuse there": {
			account.Cookies{Plain: true},
			"venuekit=" + value + "; Path=/; Expires=Fri, 20 Nov 2026 18:00:00 GMT; HttpOnly; SameSite=Lax",
			"venuekit=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			tc.cookies.Set(w, value, start)
			tc.cookies.Clear(w)
			require.Equal(t, []string{tc.set, tc.clear}, w.Header().Values("Set-Cookie"))

			r := httptest.NewRequest(http.MethodGet, "/", nil)
			require.Empty(t, tc.cookies.Value(r))
			r.AddCookie(&http.Cookie{Name: tc.cookies.Name(), Value: value})
			require.Equal(t, value, tc.cookies.Value(r))
			require.Empty(t, account.Cookies{Plain: !tc.cookies.Plain}.Value(r), "the other name isn't read")
		})
	}
}
