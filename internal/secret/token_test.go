package secret_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/secret"
)

// Computed by another program from the description of the token.
const goldenToken = "AQJrMWN1c3RvbWVyLTfBqVYMSq4woH7aEgkzeoxr"

func TestSealGivesTheGoldenToken(t *testing.T) {
	t.Parallel()
	s := secrets(t)
	require.Equal(t, goldenToken, s.Seal("unsubscribe", "chain", []byte("customer-7")))
	payload, err := s.Open("unsubscribe", "chain", goldenToken)
	require.NoError(t, err)
	require.Equal(t, "customer-7", string(payload))
}

func TestOpenReturnsWhatWasSealed(t *testing.T) {
	t.Parallel()
	s := secrets(t)
	for name, payload := range map[string][]byte{
		"nothing":           {},
		"a text":            []byte("customer-7|marketing"),
		"any bytes":         {0, 255, '\n', 1, 2},
		"the longest usual": bytes.Repeat([]byte("x"), 1400),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := s.Open("p", "t", s.Seal("p", "t", payload))
			require.NoError(t, err)
			require.Equal(t, payload, got)
		})
	}
}

func TestOpenUnderAnOlderSecretUntilItIsTakenAway(t *testing.T) {
	t.Parallel()
	older := secret.Secret{ID: "k1", Key: key(1)}
	newer := secret.Secret{ID: "k2", Key: key(2)}
	token := secrets(t, older).Seal("p", "t", []byte("x"))

	both := secrets(t, newer, older)
	_, err := both.Open("p", "t", token)
	require.NoError(t, err)
	require.NotEqual(t, token, both.Seal("p", "t", []byte("x")), "the newest signs")

	_, err = secrets(t, newer).Open("p", "t", token)
	require.ErrorIs(t, err, secret.ErrUnknownSecret)
	_, err = secrets(t, secret.Secret{ID: "k1", Key: key(3)}).Open("p", "t", token)
	require.ErrorIs(t, err, secret.ErrBadToken)
}

func TestOpenRefusesAnythingElse(t *testing.T) {
	t.Parallel()
	s := secrets(t)
	raw, err := base64.RawURLEncoding.DecodeString(goldenToken)
	require.NoError(t, err)
	encode := func(change func([]byte) []byte) string {
		return base64.RawURLEncoding.EncodeToString(change(bytes.Clone(raw)))
	}
	for name, token := range map[string]string{
		"empty":                    "",
		"padded":                   goldenToken + "=",
		"a line end inside":        goldenToken[:8] + "\n" + goldenToken[8:],
		"a line end behind":        goldenToken + "\r\n",
		"a space behind":           goldenToken + " ",
		"one character less":       goldenToken[:len(goldenToken)-1],
		"one character more":       goldenToken + "A",
		"the standard alphabet":    strings.ReplaceAll(s.Seal("unsubscribe", "chain", bytes.Repeat([]byte{0xff}, 9)), "_", "/"),
		"another version":          encode(func(b []byte) []byte { b[0] = 2; return b }),
		"an id past the end":       encode(func(b []byte) []byte { b[1] = 255; return b }),
		"an id of no length":       encode(func(b []byte) []byte { b[1] = 0; return b }),
		"an id with a capital":     encode(func(b []byte) []byte { b[2] = 'K'; return b }),
		"an id of one letter less": encode(func(b []byte) []byte { b[1] = 0; return b[1:] }),
		"a code cut off":           encode(func(b []byte) []byte { return b[:len(b)-16] }),
		"a code of zeroes":         encode(func(b []byte) []byte { clear(b[len(b)-16:]); return b }),
		"too long":                 strings.Repeat("A", secret.MaxToken+1),
		"another purpose's token":  s.Seal("prompt", "chain", []byte("customer-7")),
		"another tenant's token":   s.Seal("unsubscribe", "other", []byte("customer-7")),
		"tenant and purpose run":   s.Seal("unsubscribec", "hain", []byte("customer-7")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			payload, err := s.Open("unsubscribe", "chain", token)
			require.ErrorIs(t, err, secret.ErrBadToken)
			require.Nil(t, payload)
		})
	}
}

func TestOpenRefusesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	s := secrets(t)
	raw, err := base64.RawURLEncoding.DecodeString(goldenToken)
	require.NoError(t, err)
	for i := range raw {
		for bit := range 8 {
			changed := bytes.Clone(raw)
			changed[i] ^= 1 << bit
			_, err := s.Open("unsubscribe", "chain", base64.RawURLEncoding.EncodeToString(changed))
			require.Error(t, err, "byte %d bit %d", i, bit)
		}
	}
}

// The last character of a base64 text may carry bits that belong to no byte.
func TestOpenRefusesTheOtherSpellingsOfAToken(t *testing.T) {
	t.Parallel()
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	s := secrets(t)
	for n := range 3 {
		token := s.Seal("p", "t", bytes.Repeat([]byte("x"), n))
		opened := 0
		for _, last := range alphabet {
			if _, err := s.Open("p", "t", token[:len(token)-1]+string(last)); err == nil {
				opened++
			}
		}
		require.Equal(t, 1, opened)
	}
}

func FuzzOpen(f *testing.F) {
	s := secrets(f)
	f.Add(goldenToken)
	f.Add(goldenToken + "\n")
	f.Add(s.Seal("p", "t", []byte("x")))
	f.Add("")
	f.Fuzz(func(t *testing.T, token string) {
		payload, err := s.Open("p", "t", token)
		if err == nil && s.Seal("p", "t", payload) != token {
			t.Fatalf("%q is another spelling", token)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	s := secrets(b)
	token := s.Seal("p", "t", []byte("0123456789abcdef"))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Open("p", "t", token); err != nil {
			b.Fatal(err)
		}
	}
}
