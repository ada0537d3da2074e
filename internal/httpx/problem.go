package httpx

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Text is one sentence in each language that venuekit speaks. An empty Swedish
// text falls back to English.
type Text struct{ EN, SV string }

// In returns the text in a language as [Language] names it.
func (t Text) In(lang string) string {
	if lang == Swedish && t.SV != "" {
		return t.SV
	}
	return t.EN
}

// Fill returns a copy in which every {name} is replaced. Pairs are name, value,
// name, value.
func (t Text) Fill(pairs ...string) Text {
	for i := 0; i+1 < len(pairs); i += 2 {
		t.EN = strings.ReplaceAll(t.EN, "{"+pairs[i]+"}", pairs[i+1])
		t.SV = strings.ReplaceAll(t.SV, "{"+pairs[i]+"}", pairs[i+1])
	}
	return t
}

// Problem is an answer that says what went wrong, as an error. Declare one per
// code with [NewProblem], or as a literal, and never change it afterwards: the
// With methods return copies.
type Problem struct {
	Status  int            // HTTP status, 400 to 599
	Code    string         // stable, snake_case; what clients decide on
	Detail  Text           // a sentence for people
	Errors  []FieldError   // what is wrong with which part of the body
	Members map[string]any // further members of the document; the standard ones win
	Header  http.Header    // further headers, such as Allow or Retry-After
	cause   error
}

// FieldError says what is wrong with one value of the request's body.
type FieldError struct {
	Pointer string // JSON pointer (RFC 6901); "" is the whole body
	Code    string // stable, snake_case
	Detail  Text
}

// NewProblem returns a problem with its detail in English and Swedish.
func NewProblem(status int, code, en, sv string) *Problem {
	return &Problem{Status: status, Code: code, Detail: Text{EN: en, SV: sv}}
}

// NewFieldError returns a field error with its detail in English and Swedish.
func NewFieldError(pointer, code, en, sv string) FieldError {
	return FieldError{Pointer: pointer, Code: code, Detail: Text{EN: en, SV: sv}}
}

// Invalid returns a 422, code invalid, for a body that can be read but breaks
// rules: one field error for each.
func Invalid(errs ...FieldError) *Problem {
	return NewProblem(http.StatusUnprocessableEntity, "invalid",
		"Some values are not right.", "Några värden stämmer inte.").WithErrors(errs...)
}

// Error names status and code, and the cause where there is one.
func (p *Problem) Error() string {
	if p.cause != nil {
		return fmt.Sprintf("httpx: %d %s: %v", p.Status, p.Code, p.cause)
	}
	return fmt.Sprintf("httpx: %d %s", p.Status, p.Code)
}

// Unwrap returns the error that the problem was made for, or nil.
func (p *Problem) Unwrap() error { return p.cause }

// Is reports whether target is a problem of the same status and code, so that
// errors.Is(err, httpx.BadCursor) holds for copies too.
func (p *Problem) Is(target error) bool {
	t, ok := target.(*Problem)
	return ok && t.Status == p.Status && t.Code == p.Code
}

// WithCause returns a copy that wraps err, for the log only.
func (p *Problem) WithCause(err error) *Problem {
	c := *p
	c.cause = err
	return &c
}

// WithDetail returns a copy with another detail.
func (p *Problem) WithDetail(t Text) *Problem {
	c := *p
	c.Detail = t
	return &c
}

// WithErrors returns a copy with further field errors.
func (p *Problem) WithErrors(errs ...FieldError) *Problem {
	c := *p
	c.Errors = append(slices.Clip(p.Errors), errs...)
	return &c
}

// WithMember returns a copy with a further member of the document.
func (p *Problem) WithMember(name string, value any) *Problem {
	c := *p
	c.Members = make(map[string]any, len(p.Members)+1)
	maps.Copy(c.Members, p.Members)
	c.Members[name] = value
	return &c
}

// WithHeader returns a copy that also sets a header.
func (p *Problem) WithHeader(name, value string) *Problem {
	c := *p
	c.Header = p.Header.Clone()
	if c.Header == nil {
		c.Header = http.Header{}
	}
	c.Header.Set(name, value)
	return &c
}

// document returns the members of the problem document. The type stays
// about:blank, with the status phrase as its title: clients decide on code.
func (p *Problem) document(lang string) map[string]any {
	doc := make(map[string]any, 6+len(p.Members))
	maps.Copy(doc, p.Members)
	doc["type"] = "about:blank"
	doc["title"] = http.StatusText(p.Status)
	doc["status"] = p.Status
	doc["code"] = p.Code
	doc["detail"] = p.Detail.In(lang)
	delete(doc, "errors")
	if len(p.Errors) > 0 {
		type field struct {
			Pointer string `json:"pointer"`
			Code    string `json:"code"`
			Detail  string `json:"detail"`
		}
		fields := make([]field, len(p.Errors))
		for i, e := range p.Errors {
			fields[i] = field{e.Pointer, e.Code, e.Detail.In(lang)}
		}
		doc["errors"] = fields
	}
	return doc
}
