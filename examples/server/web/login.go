package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/mail"
)

type loginData struct {
	Email     string
	Fault     string // a text's key; empty for none
	Back      string
	Wanted    bool // the visitor was on the way to a page
	SignedOut bool
	Minutes   int // to wait, or that the link lives
}

func (s *Site) login(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	d := loginData{Back: landing(q.Get("back")), SignedOut: q.Has("out")}
	d.Wanted = d.Back != ""
	return s.render(w, r, http.StatusOK, "login", d)
}

// requestLink mails a link. Whether the address is anybody's, the answer and
// the work for it are the same.
func (s *Site) requestLink(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	d := loginData{Email: strings.TrimSpace(r.PostForm.Get("email")), Back: landing(r.PostForm.Get("back"))}
	to, err := account.Address(d.Email)
	if err != nil {
		d.Fault = "signin.email.invalid"
		if d.Email == "" {
			d.Fault = "signin.email.required"
		}
		return s.render(w, r, http.StatusUnprocessableEntity, "login", d)
	}
	err = s.mailLink(r, to, d.Back)
	var tooMany *account.TooManyError
	if errors.As(err, &tooMany) {
		d.Minutes = minutes(tooMany.RetryAfter)
		w.Header().Set("Retry-After", strconv.Itoa(60*d.Minutes))
		return s.render(w, r, http.StatusTooManyRequests, "login-limited", d)
	}
	if err != nil {
		return err
	}
	d.Minutes = minutes(account.LinkLife)
	return s.render(w, r, http.StatusOK, "login-sent", d)
}

// minutes rounds up, so that nobody is told to come too early.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }

// mailLink sends a sign-in link. Where the visitor was going says whose: to a
// page of the account a customer's, elsewhere that of staff if the address has
// one. Both are made then, so that it takes as long for any address.
func (s *Site) mailLink(r *http.Request, to, back string) error {
	ctx, tenant, client := r.Context(), edge.Tenant(r), edge.ClientAddr(r)
	var token string
	var isOperator bool
	var err error
	if mayEnter(account.KindOperator, back) {
		if token, isOperator, err = s.cfg.Accounts.RequestLink(ctx, tenant.ID, to, account.KindOperator, client); err != nil {
			return err
		}
	}
	customers, _, err := s.cfg.Accounts.RequestLink(ctx, tenant.ID, to, account.KindCustomer, client)
	if err != nil {
		return err
	}
	if !isOperator {
		token = customers
	}
	if token == "" {
		return nil // the address has had enough, by whomever; the answer is the same
	}
	path := "/login/" + token
	if back != "" {
		path = query(path, "back", back)
	}
	now := s.cfg.Now()
	m, err := mail.SignIn(mail.SignInData{
		Brand: tenant, Lang: edge.Language(r), To: to, Path: path, Now: now, ExpiresAt: now.Add(account.LinkLife),
	})
	if err != nil {
		return err
	}
	_, err = s.cfg.Mail.Enqueue(ctx, mail.Key{TenantID: tenant.ID}, m)
	return err
}

type confirmData struct {
	Email string
	Role  string // a text's key
	Token string
	Back  string
}

// confirmLogin names the account before its button signs in: programs that look
// through mail follow links, but press no buttons.
func (s *Site) confirmLogin(w http.ResponseWriter, r *http.Request) error {
	back := landing(r.URL.Query().Get("back"))
	email, kind, err := s.cfg.Accounts.Peek(r.Context(), edge.Tenant(r).ID, r.PathValue("token"))
	if errors.Is(err, account.ErrLink) {
		return s.render(w, r, http.StatusGone, "login-expired", back)
	}
	if err != nil {
		return err
	}
	d := confirmData{Email: email, Role: "role.customer", Token: r.PathValue("token"), Back: back}
	if kind == account.KindOperator {
		d.Role = "nav.console"
	}
	return s.render(w, r, http.StatusOK, "login-confirm", d)
}

// redeemLink signs in, and leads to the page that was wanted.
func (s *Site) redeemLink(w http.ResponseWriter, r *http.Request) error {
	if err := form(w, r); err != nil {
		return err
	}
	tenant, back := edge.Tenant(r), landing(r.PostForm.Get("back"))
	session, cookie, err := s.cfg.Accounts.Redeem(r.Context(), tenant.ID, r.PathValue("token"), s.cfg.Now(), edge.ClientAddr(r), r.UserAgent())
	if errors.Is(err, account.ErrLink) {
		return s.render(w, r, http.StatusGone, "login-expired", back)
	}
	if err != nil {
		return err
	}
	// Whoever was signed in here before is so no longer.
	if old := s.cfg.Cookies.Value(r); old != "" {
		if err := s.cfg.Accounts.SignOut(r.Context(), tenant.ID, old); err != nil {
			return err
		}
	}
	s.cfg.Cookies.Set(w, cookie, session.ExpiresAt)
	if !mayEnter(session.Kind, back) {
		back = ""
	}
	http.Redirect(w, r, cmp.Or(back, start(session.Kind)), http.StatusSeeOther) //nolint:gosec // landing lets no other site through
	return nil
}

// landings are the parts of the site that signing in leads to, with what their
// addresses may say.
var landings = map[string][]string{
	"account": {"bucket"},
	"console": {"venue"},
	"book":    {"venue", "party", "hours", "date", "at", "event", "package"},
}

// landing returns the address of a page that signing in may lead to, or "". A
// link may be in a stranger's mail to somebody, and lead to a page of the
// stranger's choice: it says nothing that the page doesn't know, and does nothing.
func landing(back string) string {
	u, err := url.Parse(localPath(back, ""))
	if err != nil || u.Path == "" || path.Clean(u.Path) != u.Path {
		return ""
	}
	part, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	known, ok := landings[part]
	if !ok {
		return ""
	}
	q := u.Query()
	for name := range q {
		if !slices.Contains(known, name) {
			q.Del(name)
		}
	}
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}

// mayEnter reports whether a page is for that kind of account.
func mayEnter(kind account.Kind, path string) bool {
	other := start(account.KindOperator)
	if kind == account.KindOperator {
		other = "/account"
	}
	return path != other && !strings.HasPrefix(path, other+"/") && !strings.HasPrefix(path, other+"?")
}

func (s *Site) logout(w http.ResponseWriter, r *http.Request) error {
	if err := s.cfg.Accounts.SignOut(r.Context(), edge.Tenant(r).ID, s.cfg.Cookies.Value(r)); err != nil {
		return err
	}
	s.cfg.Cookies.Clear(w)
	http.Redirect(w, r, "/login?out=1", http.StatusSeeOther)
	return nil
}
