package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/petanque-life/venuekit/examples/server/account"
)

// contract is the interface's document, to hold traffic against.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

var documented = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(openapiYAML)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // hosts are the tenants'
	openapi3filter.RegisterBodyDecoder("image/svg+xml", openapi3filter.PlainBodyDecoder)
	router, err := gorillamux.NewRouter(doc)
	return &contract{doc, router}, err
})

// operation is one documented operation.
type operation struct {
	*openapi3.Operation

	method string
	path   string // as documented, with {id}
}

// operations returns what is documented, in a fixed order.
func (k *contract) operations() []operation {
	var all []operation
	for _, path := range k.doc.Paths.Keys() {
		for method, op := range k.doc.Paths.Value(path).Operations() {
			all = append(all, operation{op, method, path})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	return all
}

// takes reports whether the operation has a parameter of that name.
func (o operation) takes(name string) bool {
	return slices.ContainsFunc(o.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == name })
}

// open reports whether the operation asks nobody who they are.
func (o operation) open() bool { return o.Security != nil && len(*o.Security) == 0 }

// success returns the one status by which the operation says yes.
func (o operation) success() string {
	for status := range o.Responses.Map() {
		if status[0] == '2' {
			return status
		}
	}
	return ""
}

// check returns how a request or its answer differs from what is documented.
func (k *contract) check(r *http.Request, a answer) error {
	problem := mediaType(a.header) == "application/problem+json"
	if problem {
		if err := k.checkProblem(a); err != nil {
			return err
		}
	}
	route, params, err := k.router.FindRoute(r)
	general := a.json["code"] == "unknown_host" || a.json["code"] == "cross_site"
	switch {
	case errors.Is(err, routers.ErrMethodNotAllowed):
		if general {
			return nil
		}
		return k.checkMethod(r, a)
	case err != nil:
		below := func(dir string) bool { return r.URL.Path == dir || strings.HasPrefix(r.URL.Path, dir+"/") }
		if (below("/me") || below("/ops")) && !general && a.json["code"] != "not_found" {
			return errors.New("no such route is documented")
		}
		return nil
	case a.json["code"] == "unknown_host":
		return nil
	}
	if err := k.checkOperation(operation{route.Operation, route.Method, route.Path}, a, problem); err != nil {
		return err
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, SkipSettingDefaults: true, AuthenticationFunc: presents},
	}
	if err := checkRequest(in, a); err != nil {
		return err
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header, Body: io.NopCloser(strings.NewReader(a.raw)), Options: in.Options,
	})
}

// checkProblem holds a problem against its schema and against the answer it is.
func (k *contract) checkProblem(a answer) error {
	if err := k.doc.Components.Schemas["Problem"].Value.VisitJSON(a.json, openapi3.EnableJSONSchema2020()); err != nil {
		return err
	}
	if a.json["status"] != float64(a.status) || a.json["title"] != http.StatusText(a.status) {
		return fmt.Errorf("the problem says %v %v", a.json["status"], a.json["title"])
	}
	if _, named := a.json["id"]; named != (a.status >= 500) {
		return errors.New("faults have an id, and nothing else has")
	}
	return nil
}

// checkMethod: a documented path takes the documented methods only, and says so.
func (k *contract) checkMethod(r *http.Request, a answer) error {
	if a.json["code"] != "method_not_allowed" || a.status != http.StatusMethodNotAllowed {
		return errors.New("the method isn't documented")
	}
	for _, path := range k.doc.Paths.InMatchingOrder() {
		here := k.doc.Paths.Value(path)
		ask := r.Clone(r.Context())
		for ask.Method = range here.Operations() {
			break
		}
		if route, _, err := k.router.FindRoute(ask); err != nil || route.Path != path {
			continue
		}
		allowed := strings.Split(a.header.Get("Allow"), ", ")
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if (here.GetOperation(method) != nil) != slices.Contains(allowed, method) {
				return fmt.Errorf("Allow is %q", a.header.Get("Allow"))
			}
		}
		return nil
	}
	return errors.New("no such path is documented")
}

// checkOperation checks what the document says in words: which codes there are,
// and that what is somebody's is kept nowhere.
func (k *contract) checkOperation(o operation, a answer, problem bool) error {
	if !o.open() && !strings.Contains(a.header.Get("Cache-Control"), "no-store") {
		return fmt.Errorf("Cache-Control is %q", a.header.Get("Cache-Control"))
	}
	if a.header.Get("X-Content-Type-Options") != "nosniff" && o.path != "/metrics" {
		return errors.New("no nosniff")
	}
	response := o.Responses.Status(a.status)
	if response == nil || !problem {
		return nil // ValidateResponse tells
	}
	if code := fmt.Sprintf("`%v`", a.json["code"]); !strings.Contains(*response.Value.Description, code) {
		return fmt.Errorf("code %s isn't documented with %d", code, a.status)
	}
	for _, e := range asList(a.json["errors"]) {
		pointer, _ := e["pointer"].(string)
		name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		if o.RequestBody == nil {
			return fmt.Errorf("pointer %q into no body", pointer)
		}
		known := o.RequestBody.Value.Content["application/json"].Schema.Value.Properties[name] != nil
		if !known && pointer != "" && e["code"] != "unknown_member" {
			return fmt.Errorf("pointer %q is no member of the body", pointer)
		}
	}
	return nil
}

// told are the refusals that follow from the document alone: it must refuse
// those requests too.
var told = []any{"unknown_bucket", "unknown_member", "bad_type", "idempotency_key_required"}

// checkRequest: what succeeds must be allowed by the document, and what the
// document could have told must be refused by it.
func checkRequest(in *openapi3filter.RequestValidationInput, a answer) error {
	err := openapi3filter.ValidateRequest(in.Request.Context(), in)
	if a.status < 300 && err != nil {
		return fmt.Errorf("answered with success: %w", err)
	}
	if err == nil && slices.Contains(told, a.json["code"]) {
		return fmt.Errorf("the document allows what is refused as %v", a.json["code"])
	}
	return nil
}

// presents stands in for the check of a credential: is there one of that kind?
func presents(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	r := in.RequestValidationInput.Request
	switch in.SecuritySchemeName {
	case "session":
		if _, err := r.Cookie(account.Cookies{Plain: true}.Name()); err != nil {
			return in.NewError(err)
		}
	case "key":
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer vk_") {
			return in.NewError(nil)
		}
	default:
		return in.NewError(fmt.Errorf("scheme %q", in.SecuritySchemeName))
	}
	return nil
}

func asList(v any) (out []map[string]any) {
	items, _ := v.([]any)
	for _, item := range items {
		m, _ := item.(map[string]any)
		out = append(out, m)
	}
	return out
}
