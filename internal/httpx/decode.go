package httpx

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ReadBody reads a request's body of at most maxBytes. A larger one is
// [BodyTooLarge], one that breaks off [BadBody].
func ReadBody(w http.ResponseWriter, r *http.Request, maxBytes int64) ([]byte, error) {
	tooLarge := func() error {
		return BodyTooLarge.WithDetail(BodyTooLarge.Detail.Fill("max", strconv.FormatInt(maxBytes, 10)))
	}
	if r.ContentLength > maxBytes {
		return nil, tooLarge()
	}
	if t, ok := w.(*tracker); ok {
		w = t.ResponseWriter // the server's own writer closes the connection after a breach
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
	var limit *http.MaxBytesError
	switch {
	case errors.As(err, &limit):
		return nil, tooLarge()
	case err != nil:
		return nil, BadBody.WithCause(err)
	}
	return body, nil
}

// DecodeJSON reads the body, one JSON value of at most maxBytes, into what dst
// points to. It is stricter than encoding/json. Refused are
//
//   - another content type than application/json in UTF-8: [UnsupportedMediaType]
//   - a larger body: [BodyTooLarge]
//   - what is not JSON, has data after its end or bytes that are no UTF-8, or is
//     nested more than 32 deep: [BadJSON]
//   - an object with the same member twice, however it is escaped: [DuplicateMember]
//   - a member that dst doesn't have, letter for letter: [UnknownMember]
//   - NUL or half a surrogate pair in a string: [BadString]
//   - a value of the wrong type, null where dst can't hold it, a fraction or an
//     overflow for a whole number: [BadType]
//
// The latter four name the place by a JSON pointer. Types that read their own
// JSON are asked as encoding/json asks them; their refusal is a [BadType] too.
// After an error dst may be filled in part.
func DecodeJSON(w http.ResponseWriter, r *http.Request, dst any, maxBytes int64) error {
	if !isJSON(r.Header) {
		return UnsupportedMediaType
	}
	data, err := ReadBody(w, r, maxBytes)
	if err != nil {
		return err
	}
	return Unmarshal(data, dst)
}

// Unmarshal decodes a JSON text as strictly as [DecodeJSON], for JSON that
// comes another way than as a body.
func Unmarshal(data []byte, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return &json.InvalidUnmarshalError{Type: reflect.TypeOf(dst)}
	}
	if !utf8.Valid(data) || !json.Valid(data) {
		return BadJSON
	}
	t := v.Type().Elem()
	if p := walk(data, t, false); p != nil {
		return p
	}
	err := json.Unmarshal(data, dst)
	if err == nil {
		return nil
	}
	if p := walk(data, t, true); p != nil {
		return p.WithCause(err)
	}
	return BadType.WithCause(err)
}

func isJSON(h http.Header) bool {
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return false
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}
