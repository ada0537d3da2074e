package checkin

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
)

// The packed form is Base32 (RFC 4648, upper case, no padding) of:
//
//	byte     format version (high nibble, 1); ids that are UUIDs (bit 0 venue, bit 1 booking)
//	byte     tag of the tenant: the first of SHA-256("venuekit tenant " + tenant)
//	5 bytes  key id
//	id       venue: 16 bytes, or a length byte and text
//	id       booking: likewise
//	uvarint  rev
//	4 bytes  iat, seconds since 2020
//	4 bytes  nbf, seconds since 2020
//	uvarint  exp - nbf, seconds
//	12 bytes jti
//	rest     signature
//
// What is constant, or follows from the key, is left out: type, audience,
// tenant and algorithm. The tag only tells a door of another chain's code, in
// all but one of 256 cases. With UUIDs and HS256 that is at most 96 bytes or
// 154 letters, which fit a QR code of version 6 at level M.
const (
	packedVersion = 1
	venueIsUUID   = 1 << 0
	bookingIsUUID = 1 << 1
)

var b32 = base32.StdEncoding.WithPadding(base32.NoPadding)

func pack(c Claims, sig []byte) (string, error) {
	kid, err := b32.DecodeString(strings.ToUpper(c.KeyID))
	if err != nil || len(kid) != keyIDSize {
		return "", ErrBadToken
	}
	jti, ok := decodeCanonical(c.ID)
	if !ok || len(jti) != jtiSize {
		return "", ErrBadToken
	}
	out := make([]byte, 1, 160)
	out[0] = packedVersion << 4
	out = append(out, tenantTag(c.TenantID))
	out = append(out, kid...)
	out = packID(out, c.VenueID, venueIsUUID)
	out = packID(out, c.BookingID, bookingIsUUID)
	out = binary.AppendUvarint(out, uint64(c.Rev))
	out = binary.BigEndian.AppendUint32(out, uint32(c.IssuedAt.Unix()-epoch.Unix()))
	out = binary.BigEndian.AppendUint32(out, uint32(c.Opens.Unix()-epoch.Unix()))
	out = binary.AppendUvarint(out, uint64(c.Expires.Unix()-c.Opens.Unix()))
	out = append(out, jti...)
	out = append(out, sig...)
	return b32.EncodeToString(out), nil
}

func packID(out []byte, id string, flag byte) []byte {
	if u, ok := ids.ParseUUID(id); ok {
		out[0] |= flag
		return append(out, u[:]...)
	}
	return append(append(out, byte(len(id))), id...)
}

// unpack reads a packed token; the tenant is the one at whose door it was read.
func unpack(tenantID, text string) (Claims, []byte, error) {
	text = strings.ToUpper(text)
	raw, err := b32.DecodeString(text)
	// The decoder skips line breaks and ignores the last letter's spare bits.
	if err != nil || b32.EncodeToString(raw) != text || len(raw) == 0 {
		return Claims{}, nil, ErrBadToken
	}
	r := reader{rest: raw}
	flags := r.take(1)[0]
	if flags>>4 != packedVersion || flags&0x0c != 0 {
		return Claims{}, nil, ErrBadToken
	}
	tag := r.take(1)[0]
	c := Claims{TenantID: tenantID}
	c.KeyID = strings.ToLower(b32.EncodeToString(r.take(keyIDSize)))
	c.VenueID = r.id(flags&venueIsUUID != 0)
	c.BookingID = r.id(flags&bookingIsUUID != 0)
	c.Rev = int64(r.uvarint())
	c.IssuedAt = r.time()
	c.Opens = r.time()
	length := r.uvarint()
	c.Expires = c.Opens.Add(time.Duration(min(length, maxSeconds)) * time.Second)
	c.ID = b64.EncodeToString(r.take(jtiSize))
	sig := r.rest
	if r.bad || length > maxSeconds || c.check() != nil {
		return Claims{}, nil, ErrBadToken
	}
	if tag != tenantTag(tenantID) {
		return Claims{}, nil, ErrWrongTenant
	}
	// One token has one packed form: overlong numbers and UUIDs written as text
	// are refused by packing again.
	if again, err := pack(c, sig); err != nil || again != text {
		return Claims{}, nil, ErrBadToken
	}
	return c, sig, nil
}

// maxSeconds bounds a token's window.
const maxSeconds = uint64(maxWindow / time.Second)

func tenantTag(tenantID string) byte {
	sum := sha256.Sum256([]byte("venuekit tenant " + tenantID))
	return sum[0]
}

// reader takes fields off a packed token; past the end it yields zeros and
// remembers that it did.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.bad = true
		return make([]byte, n)
	}
	field := r.rest[:n]
	r.rest = r.rest[n:]
	return field
}

func (r *reader) id(isUUID bool) string {
	if isUUID {
		return ids.FormatUUID([16]byte(r.take(16)))
	}
	return string(r.take(int(r.take(1)[0])))
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) time() time.Time {
	return epoch.Add(time.Duration(binary.BigEndian.Uint32(r.take(4))) * time.Second)
}

// jtiText is the jti of 12 bytes as it stands in a JWT.
func jtiText(mac []byte) string { return base64.RawURLEncoding.EncodeToString(mac[:jtiSize]) }
