package checkin

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/internal/ids"
	"github.com/petanque-life/venuekit/internal/secret"
)

// Secret is one of the deployment's secrets: ID, 1 to 16 characters of a-z and
// 0-9, and Key, at least 32 random bytes. It prints as its ID alone.
type Secret = secret.Secret

// KeyState is where a key stands in its life. A key only moves forward: next,
// active, verify-only, retired; and from each of the first three to revoked.
type KeyState string

// The states of a key.
const (
	KeyNext       KeyState = "next"        // published, doesn't sign yet
	KeyActive     KeyState = "active"      // signs; a tenant has one
	KeyVerifyOnly KeyState = "verify-only" // signs no more; its tokens still hold
	KeyRetired    KeyState = "retired"     // its last token has expired
	KeyRevoked    KeyState = "revoked"     // its tokens are refused
)

// MayBecome reports whether a key in the state may move to another.
func (s KeyState) MayBecome(next KeyState) bool {
	switch next {
	case KeyActive:
		return s == KeyNext
	case KeyVerifyOnly:
		return s == KeyActive
	case KeyRetired:
		return s == KeyVerifyOnly
	case KeyRevoked:
		return s == KeyNext || s == KeyActive || s == KeyVerifyOnly
	}
	return false
}

// KeyRecord describes a signing key. The key itself is kept nowhere: it is
// derived from the secret that the record names, for each venue anew.
type KeyRecord struct {
	TenantID string
	// ID is the token's kid: 8 characters of a-z and 2-7.
	ID string
	// Algorithm is pinned here; a token's header is compared with it.
	Algorithm Algorithm
	SecretID  string
	State     KeyState
	CreatedAt time.Time
	// ChangedAt is when State last changed.
	ChangedAt time.Time
}

const keyIDSize = 5 // bytes

func validKeyID(kid string) bool {
	raw, err := b32.DecodeString(strings.ToUpper(kid))
	return err == nil && len(raw) == keyIDSize && strings.ToLower(kid) == kid
}

// Keyring derives the tenants' keys from the deployment's secrets. It is safe
// for concurrent use.
type Keyring struct {
	keys    Keys
	secrets *secret.Secrets
}

// NewKeyring returns a keyring over the records in keys. The first secret is
// the newest, from which new keys are derived; the older ones stay for as long
// as a key names them.
func NewKeyring(keys Keys, secrets ...Secret) (*Keyring, error) {
	if keys == nil {
		return nil, fmt.Errorf("%w: keyring without keys", ErrInvalid)
	}
	s, err := secret.New(secrets...)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return &Keyring{keys, s}, nil
}

// WithKeys returns a copy of the keyring over other records: those that are
// joined to a transaction of the host, to set a tenant up with its first key.
func (k *Keyring) WithKeys(keys Keys) *Keyring { return &Keyring{keys, k.secrets} }

// Provision sees to it that the tenant has an active key: it makes one when
// there is none, as for a new tenant or after a revocation, and puts a new one
// in place of a key whose secret this keyring no longer has, which is revoked.
// A key that is active stays, whatever its algorithm; repeating it changes
// nothing. now is when the key is made; a keyring has no clock of its own.
func (k *Keyring) Provision(ctx context.Context, tenantID string, alg Algorithm, now time.Time) error {
	if err := ids.Check(tenantID); err != nil {
		return fmt.Errorf("%w: tenant: %w", ErrInvalid, err)
	}
	if alg != HS256 && alg != EdDSA {
		return fmt.Errorf("%w: algorithm %q", ErrInvalid, alg)
	}
	old, err := k.active(ctx, tenantID)
	if err == nil && !k.secrets.Has(old.SecretID) {
		err = k.keys.SetState(ctx, tenantID, old.ID, KeyActive, KeyRevoked, now)
		if err == nil || errors.Is(err, ErrConflict) { // another replica was first
			err = ErrNoKey
		}
	}
	if !errors.Is(err, ErrNoKey) {
		return err
	}
	var raw [keyIDSize]byte
	_, _ = rand.Read(raw[:]) // never fails
	err = k.keys.Create(ctx, KeyRecord{
		TenantID: tenantID, ID: strings.ToLower(b32.EncodeToString(raw[:])), Algorithm: alg,
		SecretID: k.secrets.Newest(), State: KeyActive, CreatedAt: now, ChangedAt: now,
	})
	if errors.Is(err, ErrExists) {
		return nil // another replica was first
	}
	return err
}

// active returns the key that signs for the tenant.
func (k *Keyring) active(ctx context.Context, tenantID string) (KeyRecord, error) {
	records, err := k.keys.List(ctx, tenantID)
	if err != nil {
		return KeyRecord{}, err
	}
	for _, r := range records {
		if r.State == KeyActive {
			return r, nil
		}
	}
	return KeyRecord{}, ErrNoKey
}

// find returns the record of a key whose tokens are to be checked.
func (k *Keyring) find(ctx context.Context, tenantID, kid string) (KeyRecord, error) {
	records, err := k.keys.List(ctx, tenantID)
	if err != nil {
		return KeyRecord{}, err
	}
	for _, r := range records {
		switch {
		case r.ID != kid:
		case r.State == KeyRevoked:
			return KeyRecord{}, ErrRevoked
		case r.State == KeyRetired, !k.secrets.Has(r.SecretID):
			return KeyRecord{}, ErrUnknownKey
		default:
			return r, nil
		}
	}
	return KeyRecord{}, ErrUnknownKey
}

// Purposes keep the derived keys of one secret apart. The venue is part of a
// signing key's derivation, so that a door can be given its own venue's alone.
const (
	purposeSign = "checkin token"
	purposeID   = "checkin jti"
)

// signing returns the key that signs the tenant's tokens for a venue.
func (k *Keyring) signing(r KeyRecord, venueID string) (any, error) {
	seed, err := k.derive(r, venueID)
	if err != nil || r.Algorithm == HS256 {
		return seed, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// verifying returns the key that checks them.
func (k *Keyring) verifying(r KeyRecord, venueID string) (any, error) {
	seed, err := k.derive(r, venueID)
	if err != nil || r.Algorithm == HS256 {
		return seed, err
	}
	return ed25519.NewKeyFromSeed(seed).Public(), nil
}

func (k *Keyring) derive(r KeyRecord, venueID string) ([]byte, error) {
	return k.secrets.Derive(r.SecretID, purposeSign, 32, r.TenantID, venueID, r.ID, string(r.Algorithm))
}

// tokenID is the jti: the same for the same revision of a booking, and not to
// be guessed from it.
func (k *Keyring) tokenID(r KeyRecord, bookingID string, rev int64) (string, error) {
	key, err := k.secrets.Derive(r.SecretID, purposeID, 32, r.TenantID)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strconv.FormatInt(rev, 10) + "." + bookingID))
	return jtiText(mac.Sum(nil)), nil
}
