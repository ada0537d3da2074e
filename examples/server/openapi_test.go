package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestTheDocumentIsValid(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	require.True(t, k.doc.IsOpenAPI31OrLater())
	require.NoError(t, k.doc.Validate(t.Context()))
	for _, o := range k.operations() {
		require.NotEmpty(t, o.OperationID, o.path)
		require.NotEmpty(t, o.Summary, o.path)
		require.NotEmpty(t, o.success(), o.path)
		for name, body := range o.Responses.Map() {
			require.NotEmpty(t, body.Value.Content, "%s %s: %s has no body", o.method, o.path, name)
		}
	}
}

func TestTheDocumentIsServedAsItIsWritten(t *testing.T) {
	t.Parallel()
	a := newClient(t, klotet).at("127.0.0.1:8080").get("/openapi.json")
	require.Equal(t, 200, a.status)
	served, err := openapi3.NewLoader().LoadFromData([]byte(a.raw))
	require.NoError(t, err)
	written, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	require.NoError(t, err)
	require.JSONEq(t, marshal(t, written), marshal(t, served))
}

// trip is a request that an operation is to answer with success.
type trip struct {
	client     *client
	path, body string
	headers    []string
}

// trips returns one for every documented operation, by its id.
func trips(t *testing.T) map[string]trip {
	t.Helper()
	guest, host := newCustomer(t, klotet), newStaff(t, klotet, account.RoleHost, hall)
	mine := "/me/bookings/" + guest.book(hall).ID
	machine := newMachine(t, klotet, account.RoleManager, hall)
	arrived := guest.book(hall)
	in := host.scan(arrived.Reference, hall)
	require.Equal(t, "ok", in.json["code"], in.raw)
	undo := "/ops/checkin/scans/" + in.json["scan"].(string) + "/undo"
	return map[string]trip{
		"getMe":             {guest, "/me", "", nil},
		"listMyBookings":    {guest, "/me/bookings?bucket=upcoming&limit=10", "", nil},
		"getMyBooking":      {guest, mine, "", nil},
		"getMyToken":        {guest, mine + "/token", "", nil},
		"getMyQRCode":       {guest, mine + "/qr.svg", "", nil},
		"scan":              {machine, "/ops/checkin/scans", scanBody(t, guest.token(guest.book(hall).ID, "packed"), hall), nil},
		"undoScan":          {host, undo, "", []string{"Idempotency-Key", "undo-" + arrived.ID}},
		"listToday":         {host, "/ops/checkin/today?venue=" + hall, "", nil},
		"listVenueBookings": {machine, "/ops/bookings?venue=" + hall, "", nil},
		"makeBooking":       {host, "/ops/bookings", bookingBody(t, hall, "phone@example.com"), []string{"Idempotency-Key", "trip-" + arrived.ID}},
		"health":            {newClient(t, klotet), "/healthz", "", nil},
		"ready":             {newClient(t, klotet), "/readyz", "", nil},
		"metrics":           {newClient(t, klotet), "/metrics", "", nil},
		"openapi":           {newClient(t, klotet), "/openapi.json", "", nil},
	}
}

func TestEveryDocumentedOperationSucceeds(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	all := trips(t)
	for _, o := range k.operations() {
		trip, ok := all[o.OperationID]
		require.True(t, ok, "nothing exercises %s", o.OperationID)
		a := trip.client.do(o.method, trip.path, trip.body, trip.headers...)
		require.Equal(t, o.success(), strconv.Itoa(a.status), "%s: %s", o.OperationID, a.raw)
		delete(all, o.OperationID)
	}
	require.Empty(t, all, "not documented")
}

func TestEveryRouteIsDocumentedAndEveryDocumentedRouteIsServed(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	var want []string
	for _, o := range k.operations() {
		want = append(want, o.method+" "+o.path)
	}
	require.ElementsMatch(t, want, routes(t))
}

// mounted are the files that mount routes of the interface, each with the paths
// at which its functions mount what they don't name in full.
var mounted = map[string]map[string]string{
	"api.go":                   nil,
	"serve.go":                 nil,
	"../../checkin/handler.go": {"CustomerHandler": "/me", "OperatorHandler": "/ops/checkin"},
	"../../portal/handler.go":  {"CustomerHandler": "/me"},
}

// routes reads the patterns off the calls that mount handlers.
func routes(t *testing.T) (all []string) {
	t.Helper()
	for name, bases := range mounted {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil, 0)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if ok && mounts(call) {
					if pattern := patternOf(call.Args, bases[f.Name.Name]); pattern != "" {
						all = append(all, pattern)
					}
				}
				return true
			})
		}
	}
	return all
}

func mounts(call *ast.CallExpr) bool {
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	return strings.EqualFold(name, "handle") || name == "HandleFunc"
}

// patternOf returns "GET /path" of arguments "GET /path", or "GET" and "/path",
// or "/path" alone, which packages serve for GET; "" for what only mounts
// another handler.
func patternOf(args []ast.Expr, base string) string {
	var texts []string
	for _, arg := range args {
		if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value) // the parser took it
			texts = append(texts, text)
		}
	}
	switch {
	case len(texts) == 2:
		return texts[0] + " " + base + texts[1]
	case len(texts) == 1 && strings.Contains(texts[0], " "):
		return texts[0]
	case len(texts) == 1 && base != "":
		return "GET " + base + texts[0]
	}
	return ""
}

func TestADocumentedPathTakesItsMethodsOnlyAndNamesThem(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	customer, owner := newCustomer(t, klotet), newStaff(t, klotet, account.RoleOwner)
	for path, item := range k.doc.Paths.Map() {
		c := customer
		if strings.HasPrefix(path, "/ops") {
			c = owner
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if item.GetOperation(method) != nil {
				continue
			}
			a := c.do(method, strings.ReplaceAll(path, "{id}", "x"), "") // which methods Allow names is checked there
			a.requireProblem(t, http.StatusMethodNotAllowed, "method_not_allowed")
		}
	}
}

// TestTheContractFindsBreaches shows that traffic which differs from the
// document is found.
func TestTheContractFindsBreaches(t *testing.T) {
	t.Parallel()
	k, err := documented()
	require.NoError(t, err)
	guest := newCustomer(t, klotet)
	path := "/me/bookings/" + guest.book(hall).ID
	good := guest.get(path)
	with := func(change func(*answer)) answer {
		a := good
		a.header = good.header.Clone()
		change(&a)
		return a
	}
	problem := func(status int, raw string) answer {
		return with(func(a *answer) {
			a.status, a.raw, a.json = status, raw, decode(t, raw)
			a.header.Set("Content-Type", "application/problem+json")
		})
	}
	const notFound = `{"type":"about:blank","title":"Not Found","status":404,"code":"not_found","detail":"x"}`
	for _, c := range []struct {
		name   string
		sender *client
		method string
		path   string
		answer answer
		want   string
	}{
		{"nothing is wrong with what came", guest, "GET", path, good, ""},
		{"nor with a documented problem", guest, "GET", path, problem(404, notFound), ""},
		{"a status that isn't documented", guest, "GET", path, with(func(a *answer) { a.status = 202 }), "status is not supported"},
		{"another content type", guest, "GET", path, with(func(a *answer) { a.header.Set("Content-Type", "text/html") }), "Content-Type"},
		{"a member that isn't documented", guest, "GET", path, with(func(a *answer) { a.raw = strings.Replace(a.raw, "{", `{"extra":1,`, 1) }), "extra"},
		{"a member that is missing", guest, "GET", path, with(func(a *answer) { a.raw = strings.Replace(a.raw, `"party_size":4,`, "", 1) }), "party_size"},
		{"a time that is none", guest, "GET", path, with(func(a *answer) { a.raw = strings.Replace(a.raw, `"starts_at":"2`, `"starts_at":"x`, 1) }), "starts_at"},
		{"an answer that may be kept", guest, "GET", path, with(func(a *answer) { a.header.Del("Cache-Control") }), "Cache-Control"},
		{"an answer that may be sniffed", guest, "GET", path, with(func(a *answer) { a.header.Del("X-Content-Type-Options") }), "nosniff"},
		{"a code that isn't documented", guest, "GET", path, problem(404, strings.Replace(notFound, "not_found", "gone_away", 1)), "gone_away"},
		{"a problem of another status", guest, "GET", path, problem(403, notFound), "the problem says 404"},
		{"a problem without its code", guest, "GET", path, problem(404, strings.Replace(notFound, `"code":"not_found",`, "", 1)), "code"},
		{"a pointer into no body", guest, "GET", path, problem(404, strings.Replace(notFound, `{`, `{"errors":[{"pointer":"/x","code":"y","detail":"z"}],`, 1)), "pointer"},
		{"success without a credential", newClient(t, klotet), "GET", path, good, "security requirement"},
		{"a path that isn't documented", guest, "GET", "/me/secrets", good, "no such route"},
		{"a method that isn't documented", guest, "PUT", path, good, "the method isn't documented"},
		{"a limit that the document refuses", guest, "GET", "/me/bookings?limit=101", guest.get("/me/bookings"), "limit"},
		{"a refusal that the document doesn't know", guest, "GET", "/me/bookings?bucket=history", guest.get("/me/bookings?bucket=x"), "unknown_bucket"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := k.check(c.sender.request(c.method, c.path, ""), c.answer)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
