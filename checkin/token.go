package checkin

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"

	"github.com/petanque-life/venuekit/internal/ids"
)

const (
	tokenType     = "checkin+jwt"
	tokenAudience = "checkin"
	jtiSize       = 12 // bytes
)

// What a token can carry: times from the epoch to before the horizon, and a
// window of a year with the time that it opens before.
var (
	epoch   = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	horizon = time.Date(2150, 1, 1, 0, 0, 0, 0, time.UTC)
)

const maxWindow = MaxSlot + maxOpensBefore

// Token is a booking's credential at the door. It names no person.
type Token struct {
	// JWT is the compact serialisation, for links: at most 512 characters for
	// ids that are UUIDs.
	JWT string
	// Packed is the same token in the letters A-Z and digits 2-7, for QR codes:
	// signature included, it unpacks to exactly JWT.
	Packed string
	Claims Claims
}

// Claims are what a token says. Times are whole seconds.
type Claims struct {
	TenantID  string    // iss
	BookingID string    // sub
	VenueID   string    // ven
	Rev       int64     // rev: the booking's SlotRevision
	IssuedAt  time.Time // iat: when that revision was made
	Opens     time.Time // nbf
	Expires   time.Time // exp: the end of the slot
	ID        string    // jti
	KeyID     string    // kid, of the header
}

// header and payload render with their members sorted, as encoders of maps do
// too. A token is accepted only when its parts are byte for byte what these
// render: that refuses duplicate and unknown members, crit, jwk and jku.
type header struct {
	Algorithm Algorithm `json:"alg"`
	KeyID     string    `json:"kid"`
	Type      string    `json:"typ"`
}

type payload struct {
	Audience  string `json:"aud"`
	Expires   int64  `json:"exp"`
	IssuedAt  int64  `json:"iat"`
	Issuer    string `json:"iss"`
	ID        string `json:"jti"`
	NotBefore int64  `json:"nbf"`
	Rev       int64  `json:"rev"`
	Subject   string `json:"sub"`
	Venue     string `json:"ven"`
}

func (c Claims) payload() payload {
	return payload{
		Audience: tokenAudience, Expires: c.Expires.Unix(), IssuedAt: c.IssuedAt.Unix(), Issuer: c.TenantID, ID: c.ID,
		NotBefore: c.Opens.Unix(), Rev: c.Rev, Subject: c.BookingID, Venue: c.VenueID,
	}
}

func (p payload) claims(kid string) Claims {
	at := func(unix int64) time.Time { return time.Unix(unix, 0).UTC() }
	return Claims{
		TenantID: p.Issuer, BookingID: p.Subject, VenueID: p.Venue, Rev: p.Rev, IssuedAt: at(p.IssuedAt),
		Opens: at(p.NotBefore), Expires: at(p.Expires), ID: p.ID, KeyID: kid,
	}
}

// sign makes the token of claims under the key, if a door would take it.
func sign(k KeyRecord, material any, c Claims) (Token, error) {
	if c.check() != nil {
		return Token{}, fmt.Errorf("%w: the booking's times can't stand in a token", ErrInvalid)
	}
	signing, err := signingInput(k.Algorithm, c)
	if err != nil {
		return Token{}, err
	}
	signer, err := jws.NewSigner(k.Algorithm.jwa())
	if err != nil {
		return Token{}, err
	}
	sig, err := signer.Sign(signing, material)
	if err != nil {
		return Token{}, err
	}
	packed, err := pack(c, sig)
	if err != nil {
		return Token{}, err
	}
	return Token{JWT: string(signing) + "." + b64.EncodeToString(sig), Packed: packed, Claims: c}, nil
}

var b64 = base64.RawURLEncoding.Strict()

// signingInput is the part of a compact JWT that its signature covers.
func signingInput(alg Algorithm, c Claims) ([]byte, error) {
	h, err := render(header{alg, c.KeyID, tokenType})
	if err != nil {
		return nil, err
	}
	p, err := render(c.payload())
	if err != nil {
		return nil, err
	}
	out := b64.AppendEncode(make([]byte, 0, maxText), h)
	out = append(out, '.')
	return b64.AppendEncode(out, p), nil
}

func render(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// unverified is a token that was read but not yet checked against a key.
type unverified struct {
	claims  Claims
	alg     Algorithm // as the header claims; empty for the packed form, which has none
	signing []byte    // what was signed; nil for the packed form until the algorithm is known
	sig     []byte
}

// parse reads a cleaned text in either form.
func parse(tenantID, text string) (unverified, error) {
	if strings.Contains(text, ".") {
		return parseJWT(text)
	}
	c, sig, err := unpack(tenantID, text)
	return unverified{claims: c, sig: sig}, err
}

func parseJWT(text string) (unverified, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return unverified{}, ErrBadToken
	}
	var h header
	var p payload
	if !decodePart(parts[0], &h) || !decodePart(parts[1], &p) {
		return unverified{}, ErrBadToken
	}
	sig, ok := decodeCanonical(parts[2])
	if !ok || h.Type != tokenType || p.Audience != tokenAudience {
		return unverified{}, ErrBadToken
	}
	c := p.claims(h.KeyID)
	if err := c.check(); err != nil {
		return unverified{}, err
	}
	return unverified{c, h.Algorithm, []byte(parts[0] + "." + parts[1]), sig}, nil
}

// check refuses claims that no issuer of ours makes.
func (c Claims) check() error {
	for _, id := range []string{c.TenantID, c.BookingID, c.VenueID} {
		if ids.Check(id) != nil {
			return ErrBadToken
		}
	}
	if len(c.ID) != b64.EncodedLen(jtiSize) || !validKeyID(c.KeyID) || c.Rev < 1 ||
		c.IssuedAt.Before(epoch) || !c.IssuedAt.Before(horizon) || c.Opens.Before(epoch) || !c.Opens.Before(horizon) ||
		c.Expires.Before(c.Opens) || c.Expires.Sub(c.Opens) > maxWindow {
		return ErrBadToken
	}
	return nil
}

// decodePart reads one part of a compact JWT into v, and reports whether v
// renders to the very same part.
func decodePart[T any](part string, v *T) bool {
	raw, ok := decodeCanonical(part)
	if !ok || json.Unmarshal(raw, v) != nil {
		return false
	}
	again, err := render(*v)
	return err == nil && bytes.Equal(raw, again)
}

// decodeCanonical refuses what the decoder lets through, line breaks above all.
func decodeCanonical(part string) ([]byte, bool) {
	raw, err := b64.DecodeString(part)
	return raw, err == nil && b64.EncodeToString(raw) == part
}

// verify checks the signature under the key, whose record says the algorithm:
// the token's header is compared with it and never obeyed.
func (u unverified) verify(k KeyRecord, material any) error {
	if u.alg != "" && u.alg != k.Algorithm {
		return ErrBadToken
	}
	signing := u.signing
	if signing == nil {
		var err error
		if signing, err = signingInput(k.Algorithm, u.claims); err != nil {
			return ErrBadToken
		}
	}
	verifier, err := jws.NewVerifier(k.Algorithm.jwa())
	if err != nil {
		return err
	}
	if err := verifier.Verify(signing, u.sig, material); err != nil {
		return ErrBadToken
	}
	return nil
}

// Algorithm is a signature algorithm, by its JWA name.
type Algorithm string

// The algorithms of tokens. Who can verify an HS256 token can also make one;
// under EdDSA a door can only verify.
const (
	HS256 Algorithm = "HS256"
	EdDSA Algorithm = "EdDSA"
)

func (a Algorithm) jwa() jwa.SignatureAlgorithm { return jwa.SignatureAlgorithm(a) }
