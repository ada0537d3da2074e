package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/brand"
	"github.com/petanque-life/venuekit/examples/server/edge"
	"github.com/petanque-life/venuekit/internal/httpx"
	"github.com/petanque-life/venuekit/portal"
)

//go:embed static
var static embed.FS

// file is an answer made beforehand.
type file struct {
	kind   string // media type
	plain  []byte
	zipped []byte // nil when it isn't smaller
}

// assets are the files that pages refer to. All of them have their content's
// hash in their address, so that browsers may keep them for ever.
type assets struct {
	hash   string // of all static files together: modules import each other by relative names
	static map[string]file
	brands map[string]map[string]file // by tenant id, "" for none, and name
	looks  map[string]look            // likewise
}

// look is a tenant's brand as addresses and colours for the layout.
type look struct {
	Theme, Icon, Logo       string // addresses; no Logo shows the name
	LogoWidth, LogoHeight   int
	LightColour, DarkColour string // of the page, for the browser's own frame
}

func newAssets(tenants []brand.Config) (*assets, error) {
	a := &assets{static: map[string]file{}, brands: map[string]map[string]file{}, looks: map[string]look{}}
	names, err := fs.Glob(static, "static/*")
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, name := range names {
		content, err := static.ReadFile(name)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&all, "%s %d\n", name, len(content))
		all.Write(content)
		a.static[path.Base(name)] = newFile(mime.TypeByExtension(path.Ext(name)), content)
	}
	a.hash = brand.Hash(all.Bytes())
	for _, t := range append(slices.Clone(tenants), brand.Config{}) {
		a.addBrand(t)
	}
	return a, nil
}

func (a *assets) addBrand(t brand.Config) {
	light, dark := brand.Palettes(t)
	look := look{LightColour: light.Page.String(), DarkColour: dark.Page.String()}
	files := map[string]file{}
	add := func(name, ext, kind string, content []byte) string {
		name += "-" + brand.Hash(content) + ext
		files[name] = newFile(kind, content)
		return "/" + name
	}
	look.Theme = add("theme", ".css", "text/css; charset=utf-8", brand.Theme(t))
	look.Icon = add("icon", ".svg", "image/svg+xml", icon(t, light.Accent))
	if t.Logo != nil {
		look.Logo = add("logo", ".png", "image/png", t.Logo.PNG())
		look.LogoWidth, look.LogoHeight = t.Logo.Width(), t.Logo.Height()
	}
	a.brands[t.ID], a.looks[t.ID] = files, look
}

// icon draws the first letter of the chain's name on its colour.
func icon(t brand.Config, accent brand.Fill) []byte {
	letter, _ := utf8.DecodeRuneInString(t.Name)
	if t.Name == "" {
		letter = '·'
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="16" fill="%s"/>`+
		`<text x="32" y="45" font-family="system-ui,sans-serif" font-size="38" font-weight="700" text-anchor="middle" fill="%s">%s</text></svg>`,
		accent.Fill, accent.Ink, template.HTMLEscapeString(strings.ToUpper(string(letter))))
}

// url returns the address of a static file. An unknown name is a mistake in a
// template, which fails the page.
func (a *assets) url(name string) (string, error) {
	if _, ok := a.static[name]; !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return "/assets/" + a.hash + "/" + name, nil
}

// asset serves a static file. While a new version is rolled out a page of one
// version may ask the other for its files: it gets what there is, for now.
func (s *Site) asset(w http.ResponseWriter, r *http.Request) error {
	f, ok := s.assets.static[r.PathValue("name")]
	if !ok {
		return httpx.NotFound
	}
	return f.serve(w, r, r.PathValue("hash") == s.assets.hash)
}

// brandFile serves what the tenant's brand is made of.
func (s *Site) brandFile(w http.ResponseWriter, r *http.Request) error {
	return s.serveBrand(w, r, edge.Tenant(r).ID)
}

func (s *Site) serveBrand(w http.ResponseWriter, r *http.Request, tenantID string) error {
	name := strings.TrimPrefix(r.URL.Path, "/")
	files := s.assets.brands[tenantID]
	if f, ok := files[name]; ok {
		return f.serve(w, r, true)
	}
	// Of another version, or what programs ask for unbidden.
	if name == "favicon.ico" {
		name = "icon-.svg"
	}
	for other, f := range files {
		if sort, _, _ := strings.Cut(other, "-"); strings.HasPrefix(name, sort+"-") && path.Ext(other) == path.Ext(name) {
			return f.serve(w, r, false)
		}
	}
	return httpx.NotFound
}

func newFile(kind string, content []byte) file {
	f := file{kind: kind, plain: content}
	if zipped := zip(content, gzip.BestCompression); len(zipped) < len(content) {
		f.zipped = zipped
	}
	return f
}

func (f file) serve(w http.ResponseWriter, r *http.Request, forever bool) error {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "no-cache")
	if forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		// They bound what pages may do, and would be half of what is sent of a small file.
		h.Del("Content-Security-Policy")
		h.Del("Permissions-Policy")
	}
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if takesGzip(r) {
			h.Set("Content-Encoding", "gzip")
			return write(w, r, http.StatusOK, f.zipped)
		}
	}
	return write(w, r, http.StatusOK, f.plain)
}

// zipFrom is the size from which it pays to compress.
const zipFrom = 1 << 10

// send answers with a body made for this request, compressed where it pays and
// tells nothing.
func send(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if len(body) >= zipFrom && takesGzip(r) && !mayLeak(r, status) {
		h.Set("Content-Encoding", "gzip")
		body = zip(body, gzip.DefaultCompression)
	}
	return write(w, r, status, body)
}

// mayLeak reports whether the compressed length of a page could tell a stranger
// what somebody's page says: who is signed in sees what is theirs, and beside it
// may stand what the address says. A stranger makes others open addresses and
// compares how long the answers are. Without a query, or with one of the few that
// pages themselves link to, the address of a page that is there holds nothing of
// the stranger's choice; forms of other sites never get here.
func mayLeak(r *http.Request, status int) bool {
	if status == http.StatusOK && (r.URL.RawQuery == "" || harmless[r.URL.RawQuery]) {
		return false
	}
	_, err := edge.Session(r)
	return !errors.Is(err, account.ErrNoSession)
}

// harmless are the queries of the lists of bookings, letter by letter.
var harmless = func() map[string]bool {
	all := map[string]bool{"fragment=1": true}
	for _, b := range portal.Buckets() {
		all["bucket="+string(b)], all["bucket="+string(b)+"&fragment=1"] = true, true
	}
	return all
}()

func write(w http.ResponseWriter, r *http.Request, status int, body []byte) error {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a visitor who left is no fault
	}
	return nil
}

func zip(content []byte, level int) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		panic(err) // the levels are gzip's own
	}
	_, _ = z.Write(content) // into memory
	_ = z.Close()
	return b.Bytes()
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			q := strings.TrimSpace(params)
			return q != "q=0" && !strings.HasPrefix(q, "q=0.0")
		}
	}
	return false
}
