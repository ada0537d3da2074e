// Package secret holds a deployment's secrets and derives every key from them.
//
// A deployment has a list of secrets, newest first. The newest makes new
// signatures, the older still verify, so a secret is replaced by putting a new
// one in front and taking the old one away when nothing made under it lives
// any longer. Whatever is stored or sent under a derived key names its secret
// by id.
//
// No secret is ever used as it is. [Secrets.Derive] gives a key for one
// purpose and one context (tenant, venue, key id) by HKDF-SHA256 (RFC 5869):
// the key of one purpose or tenant says nothing about another's. [Secrets.Seal]
// and [Secrets.Open] build on it: short signed tokens for links.
//
// # Threats
//
//   - A leaked secret forges everything derived from it. Replace it and, where
//     harm is possible, drop it at once: tokens under it then answer
//     [ErrUnknownSecret] or [ErrBadToken].
//   - A leaked derived key forges for its own purpose and context only.
//   - A token is signed, not encrypted: whoever holds it can read the payload.
//     Put ids into it, never addresses or names. It carries no expiry of its
//     own; put one into the payload where one is wanted.
//   - A token of one purpose or tenant never opens under another, because the
//     keys differ.
//   - Keys are never printed: fmt, log/slog and encoding/json show the ids only.
//     Nothing here defends against who reads the process's memory.
package secret

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// MinKey is the least length of a secret's key, in bytes.
const MinKey = 32

// maxDerived is the most HKDF-SHA256 gives for one info, in bytes.
const maxDerived = 255 * sha256.Size

// infoVersion opens the info of every derivation. Another encoding of the
// info must come with another version.
const infoVersion = "venuekit/1"

// ErrUnknownSecret is returned for a secret id that is not in the list: it was
// never there, or it has been taken away. Nothing under it can be verified.
var ErrUnknownSecret = errors.New("secret: unknown secret")

// Secret is one entry of the list: an id of 1 to 16 characters a-z and 0-9,
// and a random key of at least [MinKey] bytes.
type Secret struct {
	ID  string
	Key []byte
}

// Secrets is a deployment's list of secrets, newest first. Make one with [New]
// or [Parse]; it is then never changed and safe for concurrent use.
type Secrets struct {
	list []entry
}

// entry keeps the extracted key in a closure: whatever prints a copy of the
// struct by reflection finds an address, where it would follow a pointer.
type entry struct {
	id     string
	derive func(info string, n int) ([]byte, error)
}

// New returns the list, which must not be empty and is given newest first. Ids
// must be unique. The keys are copied (in their extracted form), so the caller
// may wipe its own. Errors name the place in the list and never quote a key.
func New(list ...Secret) (*Secrets, error) {
	if len(list) == 0 {
		return nil, errors.New("secret: no secrets")
	}
	s := &Secrets{list: make([]entry, 0, len(list))}
	for i, e := range list {
		switch {
		case !validID(e.ID):
			return nil, fmt.Errorf("secret: entry %d: id is not 1 to 16 characters a-z and 0-9", i+1)
		case len(e.Key) < MinKey:
			return nil, fmt.Errorf("secret: entry %d (%s): key has %d bytes, needs at least %d", i+1, e.ID, len(e.Key), MinKey)
		case s.Has(e.ID):
			return nil, fmt.Errorf("secret: entry %d: id %s is there twice", i+1, e.ID)
		}
		prk, err := hkdf.Extract(sha256.New, e.Key, nil)
		if err != nil {
			return nil, fmt.Errorf("secret: entry %d (%s): %w", i+1, e.ID, err)
		}
		s.list = append(s.list, entry{id: e.ID, derive: func(info string, n int) ([]byte, error) {
			return hkdf.Expand(sha256.New, prk, info, n)
		}})
	}
	return s, nil
}

// Parse is [New] of [ParseList].
func Parse(text string) (*Secrets, error) {
	list, err := ParseList(text)
	if err != nil {
		return nil, err
	}
	return New(list...)
}

// ParseList reads secrets as they stand in an environment variable or a file:
// entries `id:key`, newest first, separated by commas or line ends. A key is
// hexadecimal or base64, standard or URL alphabet, padded or not. White space
// around entries and empty entries are ignored. Errors never quote the text.
func ParseList(text string) ([]Secret, error) {
	var list []Secret
	for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		field = strings.TrimSpace(field)
		if field == "" {
			continue
		}
		id, key, ok := strings.Cut(field, ":")
		if !ok {
			return nil, fmt.Errorf("secret: entry %d: no id, want id:key", len(list)+1)
		}
		raw, err := decodeKey(strings.TrimSpace(key))
		if err != nil {
			return nil, fmt.Errorf("secret: entry %d: %w", len(list)+1, err)
		}
		list = append(list, Secret{ID: strings.TrimSpace(id), Key: raw})
	}
	return list, nil
}

// decodeKey takes what reads as hexadecimal for it: a random key in base64
// holds other letters, and one of 32 bytes has an odd length or a pad.
func decodeKey(text string) ([]byte, error) {
	if raw, err := hex.DecodeString(text); err == nil {
		return raw, nil
	}
	text = strings.TrimRight(text, "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	raw, err := encoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errors.New("key is neither hexadecimal nor base64")
	}
	return raw, nil
}

func validID(id string) bool {
	for i := range len(id) {
		if c := id[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(id) >= 1 && len(id) <= 16
}

// Newest returns the id of the secret that signs.
func (s *Secrets) Newest() string { return s.list[0].id }

// IDs returns the ids, newest first.
func (s *Secrets) IDs() []string {
	ids := make([]string, len(s.list))
	for i, e := range s.list {
		ids[i] = e.id
	}
	return ids
}

// Has reports whether the list holds the secret of that id.
func (s *Secrets) Has(secretID string) bool { return s.find(secretID) != nil }

// Derive returns a key of n bytes (1 to 8160) for a purpose and a context,
// such as Derive(id, "checkin/token", 32, tenant, venue, kid). The same
// arguments give the same key for ever; any difference, also in n or in where
// one part ends and the next begins, gives an unrelated one. The purpose must
// not be empty; parts of the context may be. An id that is not in the list is
// [ErrUnknownSecret].
func (s *Secrets) Derive(secretID, purpose string, n int, context ...string) ([]byte, error) {
	e := s.find(secretID)
	switch {
	case e == nil:
		return nil, ErrUnknownSecret
	case purpose == "":
		return nil, errors.New("secret: empty purpose")
	case n < 1 || n > maxDerived:
		return nil, fmt.Errorf("secret: key length %d is not 1 to %d", n, maxDerived)
	}
	return e.derive(info(purpose, n, context), n)
}

func (s *Secrets) find(id string) *entry {
	for i := range s.list {
		if s.list[i].id == id {
			return &s.list[i]
		}
	}
	return nil
}

// info is the version, the key's length, and each part after its own length:
// no two different argument lists share an encoding.
func info(purpose string, n int, context []string) string {
	size := len(infoVersion) + 4 + 4 + len(purpose)
	for _, part := range context {
		size += 4 + len(part)
	}
	var b bytes.Buffer
	b.Grow(size)
	b.WriteString(infoVersion)
	writeLen(&b, n)
	writeLen(&b, len(purpose))
	b.WriteString(purpose)
	for _, part := range context {
		writeLen(&b, len(part))
		b.WriteString(part)
	}
	return b.String()
}

func writeLen(b *bytes.Buffer, n int) {
	b.Write(binary.BigEndian.AppendUint32(b.AvailableBuffer(), uint32(n)))
}
