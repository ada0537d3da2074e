package secret_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/secret"
)

// key returns 32 bytes that count up from first.
func key(first byte) []byte {
	k := make([]byte, 32)
	for i := range k {
		k[i] = first + byte(i)
	}
	return k
}

func secrets(t testing.TB, list ...secret.Secret) *secret.Secrets {
	t.Helper()
	if len(list) == 0 {
		list = []secret.Secret{{ID: "k1", Key: key(0)}}
	}
	s, err := secret.New(list...)
	require.NoError(t, err)
	return s
}

func TestHKDFGivesTheVectorsOfRFC5869(t *testing.T) {
	t.Parallel()
	count := func(from, to byte) string {
		var b []byte
		for c := int(from); c <= int(to); c++ {
			b = append(b, byte(c))
		}
		return string(b)
	}
	for name, c := range map[string]struct {
		ikm, salt, info string
		prk, okm        string
	}{
		"A.1 basic": {
			strings.Repeat("\x0b", 22), count(0x00, 0x0c), count(0xf0, 0xf9),
			"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
		},
		"A.2 longer inputs and output": {
			count(0x00, 0x4f), count(0x60, 0xaf), count(0xb0, 0xff),
			"06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
			"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09" +
				"da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
		},
		"A.3 no salt and no info": {
			strings.Repeat("\x0b", 22), "", "",
			"19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prk, err := hkdf.Extract(sha256.New, []byte(c.ikm), []byte(c.salt))
			require.NoError(t, err)
			require.Equal(t, c.prk, hex.EncodeToString(prk))
			okm, err := hkdf.Expand(sha256.New, prk, c.info, len(c.okm)/2)
			require.NoError(t, err)
			require.Equal(t, c.okm, hex.EncodeToString(okm))
		})
	}
}

// The values were computed by another program from the description of the
// encoding. They must never change: every key in the world hangs on them.
func TestDeriveGivesTheGoldenKeys(t *testing.T) {
	t.Parallel()
	s := secrets(t)
	got, err := s.Derive("k1", "checkin/token", 32, "chain", "venue-1", "k1")
	require.NoError(t, err)
	require.Equal(t, "5ca5e56ef6d55a9fda20cc1634a6736af568a915fb961b7b99f02a039b63fefa", hex.EncodeToString(got))
	got, err = s.Derive("k1", "a", 40)
	require.NoError(t, err)
	require.Equal(t, "57c2c4452de30d8dbb9b2f38d1dca1381f3af0e624e8a1dae4c7f46349ca7dfd1b0cc9eedb81d8f1", hex.EncodeToString(got))
}

func TestDeriveIsTheSpecifiedHKDF(t *testing.T) {
	t.Parallel()
	info := "venuekit/1" + "\x00\x00\x00\x20" + "\x00\x00\x00\x01p" + "\x00\x00\x00\x02ab" + "\x00\x00\x00\x00"
	want, err := hkdf.Key(sha256.New, key(0), nil, info, 32)
	require.NoError(t, err)
	got, err := secrets(t).Derive("k1", "p", 32, "ab", "")
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestDeriveTellsEveryDifferenceApart(t *testing.T) {
	t.Parallel()
	s := secrets(t, secret.Secret{ID: "k2", Key: key(1)}, secret.Secret{ID: "k1", Key: key(0)})
	seen := map[string]string{}
	add := func(name string, k []byte, err error) {
		require.NoError(t, err, name)
		prefix := hex.EncodeToString(k[:16])
		require.Empty(t, seen[prefix], "%s meets another", name)
		seen[prefix] = name
	}
	for _, id := range []string{"k1", "k2"} {
		for _, n := range []int{16, 32, 64} {
			for _, purpose := range []string{"ab", "a", "abc"} {
				for _, context := range [][]string{nil, {""}, {"", ""}, {"b", "c"}, {"bc"}, {"bc", ""}, {"", "bc"}, {"ab|c"}, {"ab", "c"}, {"a", "bc"}, {"\x00\x00\x00\x01b"}} {
					k, err := s.Derive(id, purpose, n, context...)
					add(fmt.Sprintf("%s/%d/%s/%q", id, n, purpose, context), k, err)
				}
			}
		}
	}
}

func TestDeriveRefuses(t *testing.T) {
	t.Parallel()
	s := secrets(t)
	_, err := s.Derive("k2", "p", 32)
	require.ErrorIs(t, err, secret.ErrUnknownSecret)
	_, err = s.Derive("", "p", 32)
	require.ErrorIs(t, err, secret.ErrUnknownSecret)
	_, err = s.Derive("k1", "", 32)
	require.EqualError(t, err, "secret: empty purpose")
	for _, n := range []int{-1, 0, 255*32 + 1} {
		_, err = s.Derive("k1", "p", n)
		require.ErrorContains(t, err, "key length")
	}
	k, err := s.Derive("k1", "p", 255*32)
	require.NoError(t, err)
	require.Len(t, k, 255*32)
}

func TestSecretsShareNoMemoryWithTheCaller(t *testing.T) {
	t.Parallel()
	mine := key(0)
	s := secrets(t, secret.Secret{ID: "k1", Key: mine})
	before, err := s.Derive("k1", "p", 32)
	require.NoError(t, err)
	want := bytes.Clone(before)
	clear(mine)
	clear(before)
	after, err := s.Derive("k1", "p", 32)
	require.NoError(t, err)
	require.Equal(t, want, after)
}

func TestNewChecksTheList(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		list []secret.Secret
		want string
	}{
		"an empty list":      {nil, "secret: no secrets"},
		"a short key":        {[]secret.Secret{{ID: "a", Key: key(0)[:31]}}, "secret: entry 1 (a): key has 31 bytes, needs at least 32"},
		"no key":             {[]secret.Secret{{ID: "a"}}, "secret: entry 1 (a): key has 0 bytes, needs at least 32"},
		"no id":              {[]secret.Secret{{Key: key(0)}}, "secret: entry 1: id is not 1 to 16 characters a-z and 0-9"},
		"a capital in an id": {[]secret.Secret{{ID: "K", Key: key(0)}}, "secret: entry 1: id is not 1 to 16 characters a-z and 0-9"},
		"a long id":          {[]secret.Secret{{ID: strings.Repeat("a", 17), Key: key(0)}}, "secret: entry 1: id is not 1 to 16 characters a-z and 0-9"},
		"an id twice":        {[]secret.Secret{{ID: "a", Key: key(0)}, {ID: "a", Key: key(1)}}, "secret: entry 2: id a is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := secret.New(c.list...)
			require.EqualError(t, err, c.want)
		})
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	want, err := secrets(t).Derive("k1", "p", 32)
	require.NoError(t, err)
	k := key(0)
	for name, text := range map[string]string{
		"hexadecimal":              "k1:" + hex.EncodeToString(k),
		"hexadecimal in capitals":  "k1:" + strings.ToUpper(hex.EncodeToString(k)),
		"base64":                   "k1:" + base64.StdEncoding.EncodeToString(k),
		"base64 without pad":       "k1:" + base64.RawStdEncoding.EncodeToString(k),
		"base64 for URLs":          "k1:" + base64.URLEncoding.EncodeToString(k),
		"spaces and a line end":    "  k1: " + hex.EncodeToString(k) + "\r\n",
		"empty entries":            ",\n,k1:" + hex.EncodeToString(k) + ",",
		"an older one on its line": "k1:" + hex.EncodeToString(k) + "\nk0:" + hex.EncodeToString(key(9)),
		"an older one by comma":    "k1:" + hex.EncodeToString(k) + ",k0:" + hex.EncodeToString(key(9)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := secret.Parse(text)
			require.NoError(t, err)
			require.Equal(t, "k1", s.Newest())
			got, err := s.Derive("k1", "p", 32)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestParseReadsBothAlphabets(t *testing.T) {
	t.Parallel()
	k := bytes.Repeat([]byte{0xfb, 0xff}, 16)
	a, err := secret.Parse("a:" + base64.StdEncoding.EncodeToString(k))
	require.NoError(t, err)
	b, err := secret.Parse("a:" + base64.RawURLEncoding.EncodeToString(k))
	require.NoError(t, err)
	ka, err := a.Derive("a", "p", 32)
	require.NoError(t, err)
	kb, err := b.Derive("a", "p", 32)
	require.NoError(t, err)
	require.Equal(t, ka, kb)
}

func TestParseErrorsNeverQuoteTheText(t *testing.T) {
	t.Parallel()
	const private = "PrivatePrivatePrivatePrivatePrivate"
	for name, text := range map[string]string{
		"no colon":            private,
		"key as id":           private + ":" + hex.EncodeToString(key(0)),
		"no base64":           "a:" + private + "!",
		"base64 cut short":    "a:" + private + "P=A",
		"too short":           "a:" + private[:20],
		"a second bad entry":  "a:" + hex.EncodeToString(key(0)) + "," + private,
		"nothing at all":      " \n,",
		"a colon in the key":  "a:" + private + ":" + private,
		"id and key reversed": private + ":a",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := secret.Parse(text)
			require.ErrorContains(t, err, "secret: ")
			require.NotContains(t, err.Error(), private[:20])
		})
	}
}

func TestKeysAreNeverPrinted(t *testing.T) {
	t.Parallel()
	one := secret.Secret{ID: "k1", Key: bytes.Repeat([]byte("topsecret!"), 4)}
	s := secrets(t, one)
	type host struct {
		Secrets *secret.Secrets
		One     secret.Secret
		copied  secret.Secrets
		hidden  *secret.Secrets
	}
	h := host{s, one, *s, s}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s, "one", one, "h", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s, "one", one, "h", h)
	inJSON, err := json.Marshal([]any{s, one, h})
	require.NoError(t, err)
	out := log.String() + string(inJSON)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		out += fmt.Sprintf(verb, s) + fmt.Sprintf(verb, *s) + fmt.Sprintf(verb, one) + fmt.Sprintf(verb, &one) + fmt.Sprintf(verb, h)
	}
	require.Contains(t, out, "secrets(k1)")
	require.Contains(t, out, "secret(k1)")
	prk, err := hkdf.Extract(sha256.New, one.Key, nil)
	require.NoError(t, err)
	for _, private := range [][]byte{one.Key, prk} {
		for _, form := range []string{
			string(private[:6]),
			hex.EncodeToString(private[:6]), strings.ToUpper(hex.EncodeToString(private[:6])),
			base64.StdEncoding.EncodeToString(private[:6]),
			strings.Trim(fmt.Sprint(private[:6]), "[]"),
			strings.Trim(fmt.Sprintf("%#v", private[:6]), "[]byte{}"),
		} {
			require.NotContains(t, out, form)
		}
	}
}

func TestIDsNamesTheListNewestFirst(t *testing.T) {
	t.Parallel()
	s := secrets(t, secret.Secret{ID: "k2", Key: key(2)}, secret.Secret{ID: "k1", Key: key(1)})
	require.Equal(t, []string{"k2", "k1"}, s.IDs())
	require.Equal(t, "k2", s.Newest())
	require.True(t, s.Has("k1"))
	require.False(t, s.Has("k3"))
	require.Equal(t, "secrets(k2, k1)", s.String())
	require.Equal(t, "secrets(none)", (*secret.Secrets)(nil).String())
}

func FuzzParse(f *testing.F) {
	f.Add("k1:" + hex.EncodeToString(key(0)))
	f.Add("k1:" + base64.StdEncoding.EncodeToString(key(0)) + "\nk0:" + base64.RawURLEncoding.EncodeToString(key(7)))
	f.Add("a:b,c")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := secret.Parse(text)
		if err != nil {
			return
		}
		if _, err := s.Derive(s.Newest(), "p", 32); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkDerive(b *testing.B) {
	s := secrets(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Derive("k1", "checkin/token", 32, "chain", "venue-1", "k1"); err != nil {
			b.Fatal(err)
		}
	}
}
