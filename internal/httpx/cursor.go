package httpx

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxCursor     = 512 // characters
	cursorVersion = 1
)

// The instants that both databases can compare: years 1 to 9999.
var (
	minMicro = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	maxMicro = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
)

// Position is where a row stands in a list sorted by a key and, among equal
// keys, by id. A list uses the fields it needs and leaves the others zero.
type Position struct {
	At   time.Time // the key, where it is an instant; kept to the microsecond, in UTC
	Key  string    // the key, where it is text
	N    int64     // the key, where it is a number
	ID   string    // the id among equal keys
	AsOf time.Time // the moment the first page was asked, for lists that depend on it
}

// EncodeCursor returns the position as a cursor: short, opaque, safe in a URL,
// and bound to its kind, such as "portal.history", which must name the list and
// whatever of its filters changes the order. Key and ID must be valid UTF-8
// without NUL and together at most 256 bytes, and instants lie in the years 1
// to 9999, or the cursor will not be read back.
//
// A cursor is neither signed nor secret. It only moves the start of a list
// whose query is scoped by tenant and principal anyway.
func EncodeCursor(kind string, p Position) string {
	b := make([]byte, 0, 64+len(kind)+len(p.Key)+len(p.ID))
	b = append(b, cursorVersion)
	b = appendText(b, kind)
	b = binary.AppendVarint(b, p.At.UnixMicro())
	b = appendText(b, p.Key)
	b = binary.AppendVarint(b, p.N)
	b = appendText(b, p.ID)
	b = binary.AppendVarint(b, p.AsOf.UnixMicro())
	return base64.RawURLEncoding.EncodeToString(b)
}

// DecodeCursor returns the position in a cursor of the same kind. Anything that
// EncodeCursor would not return for that kind, letter for letter, is
// [BadCursor].
func DecodeCursor(kind, text string) (Position, error) {
	if len(text) > maxCursor {
		return Position{}, BadCursor
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) == 0 || b[0] != cursorVersion {
		return Position{}, BadCursor
	}
	c := cursorReader{rest: b[1:]}
	found := c.text()
	p := Position{At: c.instant(), Key: c.text(), N: c.number(), ID: c.text(), AsOf: c.instant()}
	// Encoding again finds trailing bytes, overlong numbers and other spellings.
	if c.bad || found != kind || EncodeCursor(kind, p) != text {
		return Position{}, BadCursor
	}
	return p, nil
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// cursorReader takes a cursor apart; after a fault it returns zero values.
type cursorReader struct {
	rest []byte
	bad  bool
}

func (c *cursorReader) number() int64 {
	n, size := binary.Varint(c.rest)
	if size <= 0 {
		c.rest, c.bad = nil, true
		return 0
	}
	c.rest = c.rest[size:]
	return n
}

func (c *cursorReader) instant() time.Time {
	micro := c.number()
	if micro < minMicro || micro > maxMicro {
		c.bad = true
		return time.Time{}
	}
	return time.UnixMicro(micro).UTC()
}

// text refuses what a database would refuse as a parameter.
func (c *cursorReader) text() string {
	n, size := binary.Uvarint(c.rest)
	if size <= 0 || n > uint64(len(c.rest)-size) {
		c.rest, c.bad = nil, true
		return ""
	}
	s := string(c.rest[size : size+int(n)])
	c.rest = c.rest[size+int(n):]
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		c.bad = true
	}
	return s
}
