package httpx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
)

// maxPooled is the largest buffer that is kept for the next answer, in bytes.
const maxPooled = 64 << 10

// encoder is a JSON encoder with the buffer that it writes to.
type encoder struct {
	buf bytes.Buffer
	enc *json.Encoder
}

var encoders = sync.Pool{New: func() any {
	e := new(encoder)
	e.enc = json.NewEncoder(&e.buf)
	e.enc.SetEscapeHTML(false) // answers are JSON under nosniff, never part of a page
	return e
}}

func (e *encoder) free() {
	if e.buf.Cap() <= maxPooled {
		e.buf.Reset()
		encoders.Put(e)
	}
}

// WriteJSON answers with v as JSON. The value is encoded before anything is
// written: when that fails the error is returned and no response has begun, so
// a handler returns WriteJSON's error as its own. Cache-Control is `private,
// no-store` unless the handler has set one. A client that went away while
// reading is no error.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	if p, ok := v.(interface{ nonNull() any }); ok {
		v = p.nonNull()
	}
	e := encoders.Get().(*encoder)
	defer e.free()
	if err := e.enc.Encode(v); err != nil {
		return fmt.Errorf("httpx: encode answer: %w", err)
	}
	h := w.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-store")
	}
	send(w, status, "application/json", e.buf.Bytes())
	return nil
}

// writeProblem fails only when a member can't be encoded; nothing is written then.
func writeProblem(t *tracker, r *http.Request, p *Problem) error {
	lang := Language(r)
	e := encoders.Get().(*encoder)
	defer e.free()
	if err := e.enc.Encode(p.document(lang)); err != nil {
		return err
	}
	h := t.Header()
	// What the handler meant for its answer doesn't hold for this one.
	for _, name := range []string{"Content-Encoding", "Content-Disposition", "ETag", "Last-Modified", "Location"} {
		h.Del(name)
	}
	for name, values := range p.Header {
		h[name] = values
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", lang)
	t.whole = true
	send(t, p.Status, "application/problem+json", e.buf.Bytes())
	return nil
}

func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body) // fails only when the client has gone
}
