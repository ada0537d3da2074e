package httpx_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
)

type colour string

func (c *colour) UnmarshalText(b []byte) error {
	if len(b) != 3 {
		return errors.New("not three letters")
	}
	*c = colour(b)
	return nil
}

type base struct {
	ID string `json:"id"`
}

type order struct {
	base

	Token  string            `json:"token"`
	Party  int8              `json:"party"`
	Share  float64           `json:"share"`
	Paid   bool              `json:"paid"`
	At     time.Time         `json:"at"`
	Until  *time.Time        `json:"until"`
	Note   *string           `json:"note"`
	Lanes  []lane            `json:"lanes"`
	Tags   map[string]string `json:"tags"`
	Any    any               `json:"any"`
	Raw    json.RawMessage   `json:"raw"`
	Colour colour            `json:"colour"`
	Data   []byte            `json:"data"`
	Quoted int               `json:"quoted,string"`
	Hidden string            `json:"-"`
	Plain  string
}

type lane struct {
	No    int    `json:"no"`
	Class string `json:"a/b~c"`
}

func post(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/x", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return r
}

func decode(r *http.Request, dst any, limit int64) error {
	return httpx.DecodeJSON(httptest.NewRecorder(), r, dst, limit)
}

func TestDecodeJSONReadsAWholeBody(t *testing.T) {
	t.Parallel()
	var got order
	require.NoError(t, decode(post(` {
		"id": "b1", "token": "å\u00e5\ud83d\ude00\"\\\/\b\f\n\r\t", "party": -8, "share": 1e2, "paid": true, "at": "2026-01-31T18:00:00+01:00",
		"until": null, "note": "x", "lanes": [ {"no": 1, "a/b~c": "w"} , {} ], "tags": {"a": "1", "A": "2"},
		"any": {"x": [1, null, {"y": {}}], "X": []}, "raw": {"q": [] }, "colour": "red", "data": "AQI=", "quoted": "7", "Plain": ""
	} `), &got, 1<<10))
	note := "x"
	require.Equal(t, "b1", got.ID)
	require.Equal(t, "åå😀\"\\/\b\f\n\r\t", got.Token)
	require.Equal(t, int8(-8), got.Party)
	require.InDelta(t, 100.0, got.Share, 0)
	require.True(t, got.At.Equal(time.Date(2026, 1, 31, 17, 0, 0, 0, time.UTC)))
	require.Equal(t, &note, got.Note)
	require.Equal(t, []lane{{1, "w"}, {}}, got.Lanes)
	require.Equal(t, map[string]string{"a": "1", "A": "2"}, got.Tags)
	require.Equal(t, colour("red"), got.Colour)
	require.Equal(t, []byte{1, 2}, got.Data)
	require.Equal(t, 7, got.Quoted)
}

const whole = "-" // a fault of the whole body, without a field error

var refused = map[string]struct {
	body    string
	want    *httpx.Problem
	pointer string
}{
	"an empty body":                          {``, httpx.BadJSON, whole},
	"white space only":                       {" \n", httpx.BadJSON, whole},
	"half an object":                         {`{"token":"a"`, httpx.BadJSON, whole},
	"data behind the end":                    {`{"token":"a"} {}`, httpx.BadJSON, whole},
	"a second value behind a line end":       {"{}\n[]", httpx.BadJSON, whole},
	"a comment":                              {`{} // x`, httpx.BadJSON, whole},
	"a trailing comma":                       {`{"token":"a",}`, httpx.BadJSON, whole},
	"NaN":                                    {`{"share":NaN}`, httpx.BadJSON, whole},
	"a leading zero":                         {`{"party":01}`, httpx.BadJSON, whole},
	"a byte order mark":                      {"\ufeff{}", httpx.BadJSON, whole},
	"bytes that are no UTF-8":                {"{\"token\":\"\xff\"}", httpx.BadJSON, whole},
	"bytes that are no UTF-8 in a name":      {"{\"\xff\":1}", httpx.BadJSON, whole},
	"33 levels":                              {`{"any":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`, httpx.BadJSON, whole},
	"a million levels":                       {strings.Repeat("[", 1<<20), httpx.BadJSON, whole},
	"a member twice":                         {`{"token":"a","token":"a"}`, httpx.DuplicateMember, "/token"},
	"a member twice, once escaped":           {`{"token":"a","tok\u0065n":"b"}`, httpx.DuplicateMember, "/token"},
	"a member twice, deep in any value":      {`{"any":[0,{"x":{"a":1,"\u0061":2}}]}`, httpx.DuplicateMember, "/any/1/x/a"},
	"a member twice in raw JSON":             {`{"raw":{"a":1,"a":2}}`, httpx.DuplicateMember, "/raw/a"},
	"a member twice in a map":                {`{"tags":{"a":"1","a":"2"}}`, httpx.DuplicateMember, "/tags/a"},
	"an empty name twice":                    {`{"any":{"":1,"":2}}`, httpx.DuplicateMember, "/any/"},
	"a member twice among many":              {`{"any":{` + manyMembers(40) + `,"m3":0}}`, httpx.DuplicateMember, "/any/m3"},
	"an unknown member":                      {`{"price":1}`, httpx.UnknownMember, "/price"},
	"an unknown member of a list's item":     {`{"lanes":[{},{"x":1}]}`, httpx.UnknownMember, "/lanes/1/x"},
	"a name in other letters":                {`{"Token":"a"}`, httpx.UnknownMember, "/Token"},
	"a name that folds onto one":             {`{"token":"a","to\u212aen":"b"}`, httpx.UnknownMember, "/to\u212aen"},
	"a Go field's name where a tag stands":   {`{"Party":1}`, httpx.UnknownMember, "/Party"},
	"a hidden field":                         {`{"Hidden":"x"}`, httpx.UnknownMember, "/Hidden"},
	"the embedded struct's own name":         {`{"base":{}}`, httpx.UnknownMember, "/base"},
	"a pointer escapes its parts":            {`{"lanes":[{"a/b~c":1}]}`, httpx.BadType, "/lanes/0/a~1b~0c"},
	"NUL in a string":                        {`{"token":"a\u0000"}`, httpx.BadString, "/token"},
	"NUL in a name":                          {`{"any":{"\u0000":1}}`, httpx.BadString, "/any/\x00"},
	"half a surrogate pair":                  {`{"token":"\ud83d"}`, httpx.BadString, "/token"},
	"halves in the wrong order":              {`{"token":"\ude00\ud83d"}`, httpx.BadString, "/token"},
	"half a pair before another escape":      {`{"token":"\ud83d\u0061"}`, httpx.BadString, "/token"},
	"a text for a number":                    {`{"party":"4"}`, httpx.BadType, "/party"},
	"a number for a text":                    {`{"token":4}`, httpx.BadType, "/token"},
	"a fraction for a whole number":          {`{"party":4.5}`, httpx.BadType, "/party"},
	"a whole number written as a fraction":   {`{"party":4.0}`, httpx.BadType, "/party"},
	"a whole number with an exponent":        {`{"party":1e1}`, httpx.BadType, "/party"},
	"a number that is too large":             {`{"party":128}`, httpx.BadType, "/party"},
	"a float that is too large":              {`{"share":1e999}`, httpx.BadType, "/share"},
	"a number for true":                      {`{"paid":1}`, httpx.BadType, "/paid"},
	"a list for an object":                   {`[]`, httpx.BadType, ""},
	"a text for an object":                   {`"x"`, httpx.BadType, ""},
	"null for the body":                      {`null`, httpx.BadType, ""},
	"an object for a list":                   {`{"lanes":{}}`, httpx.BadType, "/lanes"},
	"an object for a text":                   {`{"token":{"a":1}}`, httpx.BadType, "/token"},
	"a list for a map":                       {`{"tags":[]}`, httpx.BadType, "/tags"},
	"a number in a map of texts":             {`{"tags":{"a":1}}`, httpx.BadType, "/tags/a"},
	"a text in a list of objects":            {`{"lanes":[{},"x"]}`, httpx.BadType, "/lanes/1"},
	"a wrong type in a list's item":          {`{"lanes":[{"no":1},{"no":"2"}]}`, httpx.BadType, "/lanes/1/no"},
	"null for a number":                      {`{"party":null}`, httpx.BadType, "/party"},
	"null for a text":                        {`{"token":null}`, httpx.BadType, "/token"},
	"null for a time":                        {`{"at":null}`, httpx.BadType, "/at"},
	"null in a list of objects":              {`{"lanes":[null]}`, httpx.BadType, "/lanes/0"},
	"a time without a zone":                  {`{"at":"2026-01-31T18:00:00"}`, httpx.BadType, "/at"},
	"a bad time behind a pointer":            {`{"until":"tomorrow"}`, httpx.BadType, "/until"},
	"a text that its type refuses":           {`{"colour":"reddish"}`, httpx.BadType, "/colour"},
	"a number for a type that reads text":    {`{"colour":7}`, httpx.BadType, "/colour"},
	"bytes that are no base64":               {`{"data":"?"}`, httpx.BadType, "/data"},
	"a quoted number without quotes":         {`{"quoted":7}`, httpx.BadType, whole},
	"the first of several faults is told":    {`{"party":"x","lanes":[1]}`, httpx.BadType, "/party"},
	"a long unknown name is not sent back":   {`{"any":{},"` + strings.Repeat("x", 300) + `":1}`, httpx.UnknownMember, ""},
	"a name twice below a long name is told": {`{"any":{"` + strings.Repeat("x", 300) + `":{"a":1,"a":1}}}`, httpx.DuplicateMember, "/any"},
}

func TestDecodeJSONRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range refused {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got order
			err := decode(post(c.body), &got, 2<<20)
			require.ErrorIs(t, err, c.want)
			p, ok := errors.AsType[*httpx.Problem](err)
			require.True(t, ok)
			if c.pointer == whole {
				require.Empty(t, p.Errors)
				return
			}
			require.Len(t, p.Errors, 1)
			require.Equal(t, c.pointer, p.Errors[0].Pointer)
			require.Equal(t, c.want.Code, p.Errors[0].Code)
			require.NotEmpty(t, p.Errors[0].Detail.EN)
			require.NotEmpty(t, p.Errors[0].Detail.SV)
		})
	}
}

func manyMembers(n int) string {
	var names []string
	for i := range n {
		names = append(names, `"m`+string(rune('0'+i))+`":0`)
	}
	return strings.ReplaceAll(strings.Join(names, ","), `\`, "-")
}

func TestDecodeJSONTakes32Levels(t *testing.T) {
	t.Parallel()
	var got any
	require.NoError(t, decode(post(strings.Repeat("[", 32)+"0"+strings.Repeat("]", 32)), &got, 1<<10))
}

func TestDecodeJSONTakesOnlyPlainJSON(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		contentType, encoding string
		ok                    bool
	}{
		"application/json":            {"application/json", "", true},
		"with charset utf-8":          {"application/json; charset=utf-8", "", true},
		"in other letters":            {"Application/JSON;Charset=\"UTF-8\"", "", true},
		"identity is no compression":  {"application/json", "identity", true},
		"another charset":             {"application/json; charset=iso-8859-1", "", false},
		"no type":                     {"", "", false},
		"a form, as a page can send":  {"application/x-www-form-urlencoded", "", false},
		"plain text, as a page can":   {"text/plain", "", false},
		"another JSON":                {"application/problem+json", "", false},
		"a type that only begins so":  {"application/jsonp", "", false},
		"a type that can't be parsed": {"application/json; charset", "", false},
		"compressed":                  {"application/json", "gzip", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := post(`{}`)
			r.Header.Set("Content-Type", c.contentType)
			if c.encoding != "" {
				r.Header.Set("Content-Encoding", c.encoding)
			}
			err := decode(r, &order{}, 100)
			if c.ok {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, httpx.UnsupportedMediaType)
		})
	}
}

func TestDecodeJSONLimitsTheBody(t *testing.T) {
	t.Parallel()
	body := `{"token":"x"}`
	require.NoError(t, decode(post(body), &order{}, int64(len(body))))

	err := decode(post(body), &order{}, int64(len(body))-1)
	require.ErrorIs(t, err, httpx.BodyTooLarge)
	p, _ := errors.AsType[*httpx.Problem](err)
	require.Equal(t, "The body is larger than 12 bytes.", p.Detail.EN)

	announced := post("")
	announced.ContentLength = 101
	announced.Body = io.NopCloser(brokenReader{})
	require.ErrorIs(t, decode(announced, &order{}, 100), httpx.BodyTooLarge, "without reading it")

	chunked := post(body)
	chunked.ContentLength = -1
	require.ErrorIs(t, decode(chunked, &order{}, 5), httpx.BodyTooLarge)
}

func TestDecodeJSONTellsABodyThatBrokeOff(t *testing.T) {
	t.Parallel()
	r := post("")
	r.ContentLength = -1
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"to`), brokenReader{}))
	err := decode(r, &order{}, 100)
	require.ErrorIs(t, err, httpx.BadBody)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestDecodeJSONClosesTheConnectionAfterTooLargeABody(t *testing.T) {
	t.Parallel()
	e, _ := newErrors()
	srv := httptest.NewServer(e.Handle(func(w http.ResponseWriter, r *http.Request) error {
		return httpx.DecodeJSON(w, r, &order{}, 10)
	}))
	defer srv.Close()
	res, err := srv.Client().Post(srv.URL, "application/json", io.MultiReader(strings.NewReader(strings.Repeat(" ", 1<<10))))
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusRequestEntityTooLarge, res.StatusCode)
	require.True(t, res.Close)
}

func TestDecodeJSONCallsAWrongTargetNoProblem(t *testing.T) {
	t.Parallel()
	for _, dst := range []any{nil, order{}, (*order)(nil)} {
		err := decode(post(`{}`), dst, 100)
		require.Error(t, err)
		_, isProblem := errors.AsType[*httpx.Problem](err)
		require.False(t, isProblem)
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"token":"a\u0061\ud83d\ude00"}`, `{"any":{"a":1,"\u0061":2}}`, `{"lanes":[{"no":1}]}`, `{"at":"2026-01-31T18:00:00Z"}`,
		`{"until":null,"note":null}`, `[1,2]`, "\"\\\"", `{"tags":{"a":"b"}} `,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var loose any
		valid := json.Unmarshal(data, &loose) == nil
		var any any
		if err := httpx.Unmarshal(data, &any); err == nil && !valid {
			t.Fatalf("%q is no JSON", data)
		}
		var got order
		err := httpx.Unmarshal(data, &got)
		if err == nil && !valid {
			t.Fatalf("%q is no JSON", data)
		}
		if err != nil {
			if _, ok := errors.AsType[*httpx.Problem](err); !ok {
				t.Fatalf("%q: %v is no problem", data, err)
			}
			return
		}
		strict := json.NewDecoder(strings.NewReader(string(data)))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&order{}); err != nil {
			t.Fatalf("%q: encoding/json refuses it: %v", data, err)
		}
	})
}

func BenchmarkDecodeJSON(b *testing.B) {
	item := `{"no":1,"a/b~c":"wide"}`
	body := `{"id":"01890a5d-ac96-774b-bcce-b302099a8057","token":"` + strings.Repeat("x", 200) + `","party":4,"paid":true,` +
		`"at":"2026-01-31T18:00:00+01:00","lanes":[` + strings.Repeat(item+",", 20) + item + `],"tags":{"a":"1"}}`
	b.Run("strict", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var got order
			if err := httpx.Unmarshal([]byte(body), &got); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			var got order
			if err := json.Unmarshal([]byte(body), &got); err != nil {
				b.Fatal(err)
			}
		}
	})
}
