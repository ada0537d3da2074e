package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

// MaxToken is the longest token that [Secrets.Open] reads, in characters.
const MaxToken = 2048

const (
	tokenVersion = 1
	// macLen is HMAC-SHA-256-128 (RFC 4868): 128 bits can't be guessed online
	// and keep a link short.
	macLen = 16
	// tokenPurpose keeps token keys apart from what Derive hands out.
	tokenPurpose = "secret/token"
)

// ErrBadToken is returned by [Secrets.Open] for anything that is not a token
// sealed here for that purpose and tenant. It doesn't say which check failed.
var ErrBadToken = errors.New("secret: bad token")

// Seal returns a token of URL-safe characters that carries the payload, bound
// to a purpose and a tenant and signed under the newest secret. It is the
// unpadded base64url of version, id length, id, payload, code; with a payload
// of 16 bytes and an id of 2 it has 48 characters. The same arguments give the
// same token. The payload may be read by anyone and must leave the token
// within [MaxToken], which 1,400 bytes do.
func (s *Secrets) Seal(purpose, tenant string, payload []byte) string {
	e := &s.list[0]
	b := make([]byte, 0, 2+len(e.id)+len(payload)+sha256.Size)
	b = append(b, tokenVersion, byte(len(e.id)))
	b = append(b, e.id...)
	b = append(b, payload...)
	b = append(b, e.code(purpose, tenant, b)...)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Open returns the payload of a token that was sealed for the same purpose and
// tenant under a secret that is still in the list. Exactly the text that Seal
// returned is accepted: no padding, white space or other spelling of it.
// Otherwise the error is [ErrBadToken], or [ErrUnknownSecret] where the token
// names a secret that is not in the list.
func (s *Secrets) Open(purpose, tenant, token string) ([]byte, error) {
	if len(token) > MaxToken {
		return nil, ErrBadToken
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The strict decoder still skips line ends, hence the second look.
	if err != nil || base64.RawURLEncoding.EncodedLen(len(b)) != len(token) {
		return nil, ErrBadToken
	}
	if len(b) < 2+macLen || b[0] != tokenVersion {
		return nil, ErrBadToken
	}
	head, end := 2+int(b[1]), len(b)-macLen
	if head > end || !validID(string(b[2:head])) {
		return nil, ErrBadToken
	}
	e := s.find(string(b[2:head]))
	if e == nil {
		return nil, ErrUnknownSecret
	}
	if !hmac.Equal(b[end:], e.code(purpose, tenant, b[:end])) {
		return nil, ErrBadToken
	}
	return b[head:end:end], nil
}

// code authenticates a token's bytes under the key of its purpose and tenant.
func (e *entry) code(purpose, tenant string, b []byte) []byte {
	key, err := e.derive(info(tokenPurpose, sha256.Size, []string{purpose, tenant}), sha256.Size)
	if err != nil {
		panic("secret: " + err.Error()) //nolint:forbidigo // HKDF refuses lengths only, and this one is fixed
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(b)
	return mac.Sum(nil)[:macLen]
}
