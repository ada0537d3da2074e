package mail

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
)

// sealedPrefix begins a sealed body: the id of the secret and the ciphertext,
// behind its nonce, follow. JSON never begins so.
const sealedPrefix = "sealed:"

// seal encrypts the body of a row. It opens for that row alone.
func (q *Queue) seal(tenantID, rowID string, body []byte) (string, error) {
	if q.cfg.Secrets == nil {
		return string(body), nil
	}
	secretID := q.cfg.Secrets.Newest()
	aead, err := q.aead(secretID, tenantID)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return sealedPrefix + secretID + ":" + base64.RawStdEncoding.EncodeToString(aead.Seal(nonce, nonce, body, []byte(rowID))), nil
}

// unseal returns what seal was given.
func (q *Queue) unseal(tenantID, rowID, body string) ([]byte, error) {
	rest, sealed := strings.CutPrefix(body, sealedPrefix)
	if !sealed {
		return []byte(body), nil
	}
	if q.cfg.Secrets == nil {
		return nil, errors.New("mail: body is sealed, and there are no secrets")
	}
	secretID, text, _ := strings.Cut(rest, ":")
	aead, err := q.aead(secretID, tenantID)
	if err != nil {
		return nil, err
	}
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || len(raw) < aead.NonceSize() {
		return nil, errors.New("mail: body is malformed")
	}
	return aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], []byte(rowID))
}

func (q *Queue) aead(secretID, tenantID string) (cipher.AEAD, error) {
	key, err := q.cfg.Secrets.Derive(secretID, "mail/body", 32, tenantID)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
