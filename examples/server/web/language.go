package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/internal/httpx"
)

// languageFor is how long a choice of language is kept.
const languageFor = 365 * 24 * time.Hour

// chooseLanguage keeps the visitor's choice and leads back.
func (s *Site) chooseLanguage(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	lang := r.PostForm.Get("lang")
	if !edge.Tenant(r).Speaks(lang) {
		return httpx.BadRequest
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure but for a demo on loopback, by plain http
		Name: edge.LanguageCookie, Value: lang, Path: "/", MaxAge: int(languageFor.Seconds()),
		Secure: !s.cfg.Cookies.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, localPath(r.PostForm.Get("back"), "/"), http.StatusSeeOther) //nolint:gosec // localPath lets no other site through
	return nil
}

// maxForm is the most bytes that a form may have.
const maxForm = 32 << 10

// form reads the request's form into PostForm.
func form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return httpx.BodyTooLarge.WithDetail(httpx.BodyTooLarge.Detail.Fill("max", strconv.Itoa(maxForm)))
	}
	if err != nil {
		return httpx.BadRequest.WithCause(err)
	}
	return nil
}

// maxBack is the longest address that is led back to.
const maxBack = 2000

// localPath returns back when it is a path of this very site, else instead. It
// is strict, as browsers are lenient: they read `//host`, `/\host` and
// `/<tab>/host` as another site's address.
func localPath(back, instead string) string {
	if len(back) > maxBack || !strings.HasPrefix(back, "/") || strings.ContainsAny(back, "\\#") || strings.Contains(back, "//") {
		return instead
	}
	if strings.ContainsFunc(back, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return instead
	}
	u, err := url.Parse(back)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || u.Opaque != "" {
		return instead
	}
	return back
}
