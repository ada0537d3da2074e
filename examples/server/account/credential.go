package account

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// randomLen is the length of rand.Text: 26 characters of base32, 130 bits.
const randomLen = 26

// mint returns a new credential of the tenant.
func mint(prefix, tenantID string) string { return prefix + tenantID + "." + rand.Text() }

// digest returns what is stored of a credential, or false when it can't be one
// of this tenant.
func digest(prefix, tenantID, credential string) (string, bool) {
	random, ok := strings.CutPrefix(credential, prefix+tenantID+".")
	if !ok || len(random) != randomLen || checkTenant(tenantID) != nil {
		return "", false
	}
	sum := sha256.Sum256([]byte(credential))
	return hex.EncodeToString(sum[:]), true
}

// mac returns a code of text under the tenant's key for a purpose: who reads
// the tables can't try addresses on it.
func (s *Service) mac(secretID, purpose, tenantID, text string) (string, error) {
	key, err := s.cfg.Secrets.Derive(secretID, purpose, sha256.Size, tenantID)
	if err != nil {
		return "", err
	}
	code := hmac.New(sha256.New, key)
	code.Write([]byte(text))
	return hex.EncodeToString(code.Sum(nil)), nil
}
