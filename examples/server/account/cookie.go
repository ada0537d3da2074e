package account

import (
	"net/http"
	"time"
)

// Cookies writes and reads the cookie of a session.
type Cookies struct {
	// Plain leaves out Secure and the prefix __Host-, without which browsers
	// refuse the cookie over plain http. For loopback only. Default: false.
	Plain bool
}

// Name returns the cookie's name. The prefix binds it to one host name: no other
// can set it, and it is sent to no other.
func (c Cookies) Name() string {
	if c.Plain {
		return "venuekit"
	}
	return "__Host-venuekit"
}

// Set writes the cookie, to last as long as the session may.
func (c Cookies) Set(w http.ResponseWriter, value string, expires time.Time) {
	cookie := c.cookie() //nolint:gosec // Secure but for a demo on loopback, by plain http
	cookie.Value, cookie.Expires = value, expires
	http.SetCookie(w, cookie)
}

// Clear makes the browser forget the cookie.
func (c Cookies) Clear(w http.ResponseWriter) {
	cookie := c.cookie() //nolint:gosec // Secure but for a demo on loopback, by plain http
	cookie.MaxAge = -1
	http.SetCookie(w, cookie)
}

// Value returns the value that came with a request, or "", which is nobody's.
func (c Cookies) Value(r *http.Request) string {
	cookie, err := r.Cookie(c.Name())
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (c Cookies) cookie() *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure but for a demo on loopback, by plain http
		Name: c.Name(), Path: "/", Secure: !c.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}
