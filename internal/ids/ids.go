// Package ids makes venuekit's own ids and checks the ones that come from outside.
//
// Own ids are UUIDs of version 7 in their usual text, so that they sort by the
// moment they were made and index well. Ids of a host (bookings, customers,
// venues, tenants) are opaque strings: [Check] keeps out only what a database,
// a log or a header could not carry.
package ids

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"
)

// MaxLen is the longest id from outside, in bytes.
const MaxLen = 64

// ErrInvalid is returned by [Check] for text that can be no id. It never
// quotes the text.
var ErrInvalid = errors.New("ids: invalid id")

// last is the time field of the newest id of this process.
var last atomic.Uint64

// New returns a new UUIDv7 (RFC 9562) in lower case. Within one process each
// is greater than the one before, also when the clock is set back; between
// processes the order is that of their clocks. It never fails.
//
// The time in an id is an ordering aid and never a fact: no rule reads it.
func New() string {
	// 48 bits of milliseconds, then 12 bits of the millisecond's fraction.
	now := time.Now()
	fraction := uint64(now.Nanosecond()%int(time.Millisecond)) << 12 / uint64(time.Millisecond)
	stamp := uint64(now.UnixMilli())<<12 | fraction
	for {
		before := last.Load()
		stamp = max(stamp, before+1)
		if last.CompareAndSwap(before, stamp) {
			break
		}
	}
	var id [16]byte
	_, _ = rand.Read(id[8:]) // crypto/rand ends the program rather than fail
	binary.BigEndian.PutUint64(id[:8], stamp>>12<<16|0x7000|stamp&0x0fff)
	id[8] = id[8]&0x3f | 0x80
	return FormatUUID(id)
}

// Valid reports whether [Check] accepts id.
func Valid(id string) bool { return Check(id) == nil }

// Check returns nil when id can be an id from outside: 1 to [MaxLen] bytes of
// valid UTF-8 without NUL or any other control character. Otherwise the error
// wraps [ErrInvalid] and says what is wrong. Nothing is trimmed or folded: two
// ids are the same when their bytes are.
func Check(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("%w: empty", ErrInvalid)
	case len(id) > MaxLen:
		return fmt.Errorf("%w: longer than %d bytes", ErrInvalid, MaxLen)
	case !utf8.ValidString(id):
		return fmt.Errorf("%w: not UTF-8", ErrInvalid)
	}
	for _, r := range id {
		if unicode.IsControl(r) {
			return fmt.Errorf("%w: control character", ErrInvalid)
		}
	}
	return nil
}

// ParseUUID returns the 16 bytes of a UUID of any version. It is true only
// for the canonical text, 36 characters in lower case, so that
// FormatUUID(ParseUUID(s)) is s; any other spelling stays an opaque id.
func ParseUUID(s string) ([16]byte, bool) {
	var id [16]byte
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	for i, at := range [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34} {
		high, low := nibble(s[at]), nibble(s[at+1])
		if high > 15 || low > 15 {
			return [16]byte{}, false
		}
		id[i] = high<<4 | low
	}
	return id, true
}

// FormatUUID returns the canonical text of a UUID.
func FormatUUID(id [16]byte) string {
	var s [36]byte
	hex.Encode(s[:8], id[:4])
	hex.Encode(s[9:13], id[4:6])
	hex.Encode(s[14:18], id[6:8])
	hex.Encode(s[19:23], id[8:10])
	hex.Encode(s[24:], id[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// nibble is the value of a lower-case hexadecimal digit, or 255.
func nibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}
