package httpx

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep a body may be nested.
const maxDepth = 32

// maxPointer is the longest pointer that an answer repeats, in bytes.
const maxPointer = 256

// walker goes over a text that is known to be valid JSON, beside the Go type
// that it is meant for, and finds what encoding/json lets pass.
type walker struct {
	data  []byte
	at    int
	path  []step
	probe bool // also try each value by itself, to find the one that failed
}

// step is one part of the path to a value: a member's name, or an index.
type step struct {
	name  []byte
	index int
}

// walk returns the first fault, or nil. A nil type takes any value.
func walk(data []byte, t reflect.Type, probe bool) *Problem {
	w := walker{data: data, probe: probe}
	w.space()
	return w.value(t)
}

func (w *walker) value(t reflect.Type) *Problem {
	target, shape, nullable := targetOf(t)
	start := w.at
	first := w.data[start]
	if (first == '{' || first == '[') && len(w.path) >= maxDepth {
		return BadJSON.WithDetail(Text{EN: "The body is nested too deep.", SV: "Innehållet har för många nivåer."})
	}
	var p *Problem
	switch first {
	case '{':
		p = w.object(target, shape)
	case '[':
		p = w.array(target, shape)
	case '"':
		if _, ok := w.text(); !ok {
			p = w.fault(BadString)
		}
	case 'n':
		w.literal()
		if !nullable {
			return w.wrong(target)
		}
		return nil
	default:
		w.literal()
	}
	if p == nil && w.probe && target != nil && !container(first, shape) {
		if json.Unmarshal(w.data[start:w.at], reflect.New(target).Interface()) != nil {
			return w.wrong(target)
		}
	}
	return p
}

// container reports whether a value was walked member by member.
func container(first byte, shape reflect.Kind) bool {
	return first == '{' && (shape == reflect.Struct || shape == reflect.Map) ||
		first == '[' && (shape == reflect.Slice || shape == reflect.Array)
}

func (w *walker) object(t reflect.Type, shape reflect.Kind) *Problem {
	var fields map[string]reflect.Type
	var elem reflect.Type
	switch shape {
	case reflect.Struct:
		fields = fieldsOf(t)
	case reflect.Map:
		elem = t.Elem()
	}
	var seen nameSet
	w.at++
	for w.space(); w.data[w.at] != '}'; w.space() {
		if w.data[w.at] == ',' {
			w.at++
			w.space()
		}
		name, ok := w.text()
		w.path = append(w.path, step{name: name})
		if !ok {
			return w.fault(BadString)
		}
		if !seen.add(name) {
			return w.fault(DuplicateMember)
		}
		if fields != nil {
			if elem, ok = fields[string(name)]; !ok {
				return w.fault(UnknownMember)
			}
		}
		w.space()
		w.at++ // the colon
		w.space()
		if p := w.value(elem); p != nil {
			return p
		}
		w.path = w.path[:len(w.path)-1]
	}
	w.at++
	return nil
}

func (w *walker) array(t reflect.Type, shape reflect.Kind) *Problem {
	var elem reflect.Type
	if shape == reflect.Slice || shape == reflect.Array {
		elem = t.Elem()
	}
	w.at++
	w.path = append(w.path, step{})
	for w.space(); w.data[w.at] != ']'; w.space() {
		if w.data[w.at] == ',' {
			w.at++
			w.space()
			w.path[len(w.path)-1].index++
		}
		if p := w.value(elem); p != nil {
			return p
		}
	}
	w.path = w.path[:len(w.path)-1]
	w.at++
	return nil
}

func (w *walker) space() {
	for w.at < len(w.data) && (w.data[w.at] == ' ' || w.data[w.at] == '\n' || w.data[w.at] == '\t' || w.data[w.at] == '\r') {
		w.at++
	}
}

// literal passes a number, true, false or null.
func (w *walker) literal() {
	for ; w.at < len(w.data); w.at++ {
		switch w.data[w.at] {
		case ' ', '\n', '\t', '\r', ',', ']', '}':
			return
		}
	}
}

// text passes a string and returns its value, which is not ok when it holds
// NUL or half a surrogate pair. Without escapes it is a part of the data.
func (w *walker) text() (value []byte, ok bool) {
	w.at++
	start, escaped := w.at, false
	for w.data[w.at] != '"' {
		if w.data[w.at] == '\\' {
			escaped = true
			w.at++
		}
		w.at++
	}
	value = w.data[start:w.at]
	w.at++
	if !escaped {
		return value, true
	}
	return unescape(value)
}

func unescape(s []byte) (value []byte, ok bool) {
	value, ok = make([]byte, 0, len(s)), true
	for len(s) > 0 {
		if s[0] != '\\' {
			value, s = append(value, s[0]), s[1:]
			continue
		}
		if s[1] != 'u' {
			i := strings.IndexByte(`"\/bfnrt`, s[1])
			value, s = append(value, "\"\\/\b\f\n\r\t"[i]), s[2:]
			continue
		}
		r := hex4(s[2:])
		s = s[6:]
		if utf16.IsSurrogate(r) {
			low := rune(utf8.RuneError)
			if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
				low = hex4(s[2:])
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				s = s[6:]
			} else {
				ok = false
			}
		}
		ok = ok && r != 0
		value = utf8.AppendRune(value, r)
	}
	return value, ok
}

func hex4(s []byte) rune {
	n, _ := strconv.ParseUint(string(s[:4]), 16, 32)
	return rune(n)
}

// fault puts the place into a problem.
func (w *walker) fault(p *Problem) *Problem {
	return p.WithErrors(FieldError{Pointer: w.pointer(), Code: p.Code, Detail: p.Detail})
}

// wrong is a BadType that says what would be right.
func (w *walker) wrong(t reflect.Type) *Problem {
	return BadType.WithErrors(FieldError{Pointer: w.pointer(), Code: BadType.Code, Detail: expected(t)})
}

// pointer ends at the last part that still fits: a name may be as long as the body.
func (w *walker) pointer() string {
	var b strings.Builder
	for _, s := range w.path {
		part := strconv.Itoa(s.index)
		if s.name != nil {
			part = pointerEscape.Replace(string(s.name))
		}
		if b.Len()+1+len(part) > maxPointer {
			break
		}
		b.WriteByte('/')
		b.WriteString(part)
	}
	return b.String()
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// nameSet holds the names of one object; a handful without a map.
type nameSet struct {
	few  [12][]byte
	n    int
	many map[string]struct{}
}

// add reports whether the name is new.
func (s *nameSet) add(name []byte) bool {
	if s.many != nil {
		before := len(s.many)
		s.many[string(name)] = struct{}{}
		return len(s.many) > before
	}
	for _, old := range s.few[:s.n] {
		if bytes.Equal(old, name) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	s.many = make(map[string]struct{}, 2*s.n)
	for _, old := range s.few {
		s.many[string(old)] = struct{}{}
	}
	s.many[string(name)] = struct{}{}
	return true
}

var (
	jsonReader = reflect.TypeFor[json.Unmarshaler]()
	textReader = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// targetOf looks through pointers. The type is nil when any value will do; the
// shape is Invalid for types that read their own JSON.
func targetOf(t reflect.Type) (target reflect.Type, shape reflect.Kind, nullable bool) {
	for t != nil && t.Kind() == reflect.Pointer {
		t, nullable = t.Elem(), true
	}
	if t == nil || t.Kind() == reflect.Interface {
		return nil, reflect.Invalid, true
	}
	switch p := reflect.PointerTo(t); {
	case t == instant: // which would let null pass as no time at all
		return t, reflect.Invalid, nullable
	case p.Implements(jsonReader):
		return t, reflect.Invalid, true // null is its own affair
	case p.Implements(textReader):
		return t, reflect.Invalid, nullable
	}
	shape = t.Kind()
	return t, shape, nullable || shape == reflect.Slice || shape == reflect.Map
}

var fieldCache sync.Map // reflect.Type of a struct -> map[string]reflect.Type

// fieldsOf returns the members of a struct by their exact JSON names.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if known, ok := fieldCache.Load(t); ok {
		return known.(map[string]reflect.Type)
	}
	fields := map[string]reflect.Type{}
	collect(t, fields)
	fieldCache.Store(t, fields)
	return fields
}

// collect adds the fields of t and, below them, those of embedded structs.
func collect(t reflect.Type, fields map[string]reflect.Type) {
	var embedded []reflect.Type
	for f := range t.Fields() {
		tag := f.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch {
		case tag == "-":
			continue
		case f.Anonymous && name == "" && inner.Kind() == reflect.Struct:
			embedded = append(embedded, inner)
			continue
		case !f.IsExported():
			continue
		case name == "":
			name = f.Name
		}
		if _, above := fields[name]; above {
			continue
		}
		fields[name] = f.Type
		if strings.Contains(options, "string") {
			fields[name] = nil // a number in quotes: encoding/json alone knows
		}
	}
	for _, t := range embedded {
		collect(t, fields)
	}
}
