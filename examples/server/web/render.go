package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/examples/server/text"
)

//go:embed templates
var templates embed.FS

// pages are the templates by language and name. Each holds the layout, the
// parts and its own page.
type pages map[string]map[string]*template.Template

// parse reads the templates once for each language, whose texts the functions
// of its templates write.
func (s *Site) parse() (pages, error) {
	files, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, lang := range []string{"sv", "en"} {
		all[lang] = map[string]*template.Template{}
		base, err := template.New("").Funcs(s.funcs(lang)).ParseFS(templates, "templates/parts/*.html")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			page, err := template.Must(base.Clone()).ParseFS(templates, file)
			if err != nil {
				return nil, err
			}
			all[lang][strings.TrimSuffix(path.Base(file), ".html")] = page
		}
	}
	return all, nil
}

// funcs are what templates may call, in one language. Times are written as seen
// from now, in the zone given.
func (s *Site) funcs(lang string) template.FuncMap {
	p := text.For(lang).WithMissing(func(lang, key, fact string) {
		s.cfg.Logger.Error("text missing", "lang", lang, "key", key, "fact", fact)
	})
	return template.FuncMap{
		"asset": s.assets.url,
		"t":     p.T,
		"cap":   text.Cap,
		"list":  p.List,
		"money": func(amount int64, currency string) string { return p.Money(amount, currency) },
		"day":   func(at time.Time, zone *time.Location) string { return p.Day(at, s.cfg.Now(), zone) },
		"when":  func(at time.Time, zone *time.Location) string { return p.When(at, s.cfg.Now(), zone) },
		"clock": p.Time,
		"hours": p.TimeRange,
		"date":  p.LongDate,
		"ago":   func(at time.Time) string { return p.Ago(at, s.cfg.Now()) },
		// iso is for the datetime attribute.
		"iso": func(at time.Time, zone *time.Location) string { return at.In(zone).Format(time.RFC3339) },
		// dial writes a telephone number as its link has it.
		"dial": func(number string) string { return strings.ReplaceAll(number, " ", "") },
		// dict makes the dot of a part that needs several values: dict "a" 1 "b" 2.
		"dict": dict,
		// query adds parameters to a path: query "/book/lane" "venue" "v1".
		"query": query,
	}
}

func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok || i+1 == len(pairs) {
			return nil, errors.New("dict: want pairs of a name and a value")
		}
		m[key] = pairs[i+1]
	}
	return m, nil
}

func query(path string, pairs ...any) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(fmt.Sprint(pairs[i]), fmt.Sprint(pairs[i+1]))
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// view is the dot of every template: what the layout needs, and the page's own
// Data.
type view struct {
	Tenant  brand.Config // the zero Config where no tenant is known
	Look    look
	Lang    string
	Others  []string         // the languages to change to
	Session *account.Session // nil when nobody is signed in
	Path    string
	Back    string // where a change of language leads back to
	Demo    bool   // mails are shown at /dev/outbox
	Data    any
}

// IsCustomer reports whether a customer is signed in.
func (v view) IsCustomer() bool { return v.Session != nil && v.Session.Kind == account.KindCustomer }

// IsOperator reports whether staff is signed in.
func (v view) IsOperator() bool { return v.Session != nil && v.Session.Kind == account.KindOperator }

// view gathers what the layout shows at a tenant's host.
func (s *Site) view(r *http.Request, data any) view {
	tenant := edge.Tenant(r)
	v := view{
		Tenant: tenant, Look: s.assets.looks[tenant.ID], Lang: edge.Language(r), Path: r.URL.Path, Back: r.URL.Path,
		Demo: s.cfg.Demo, Data: data,
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		v.Back = r.URL.RequestURI()
	}
	v.Others = slices.DeleteFunc(slices.Clone(tenant.Languages), func(lang string) bool { return lang == v.Lang })
	switch who, err := edge.Session(r); {
	case err == nil:
		v.Session = &who
	case !errors.Is(err, account.ErrNoSession):
		// A page that needs a session has failed before; the others do without.
		s.cfg.Logger.WarnContext(r.Context(), "session not read for a page", "error", err)
	}
	return v
}

// render answers with a page in the tenant's layout. Nothing is written before
// the whole page is made.
func (s *Site) render(w http.ResponseWriter, r *http.Request, status int, page string, data any) error {
	return s.execute(w, r, status, page, "layout", s.view(r, data))
}

// fragment answers with one template of a page alone, for a module that puts it
// into a page that is open already.
func (s *Site) fragment(w http.ResponseWriter, r *http.Request, page, name string, data any) error {
	return s.execute(w, r, http.StatusOK, page, name, s.view(r, data))
}

func (s *Site) execute(w http.ResponseWriter, r *http.Request, status int, page, name string, v view) error {
	t := s.pages[v.Lang][page]
	if t == nil {
		return fmt.Errorf("web: no template %s/%s", v.Lang, page)
	}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, name, v); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// What a page shows is somebody's, and must be gone after signing out.
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Language", v.Lang)
	return send(w, r, status, body.Bytes())
}
