package checkin

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	tenantA  = "klotet"
	uuidA    = "0199f0a0-0000-7000-8000-0000000000aa"
	uuidB    = "0199f0a0-0000-7000-8000-0000000000bb"
	kidA     = "aaaaaaaa"
	kidEd    = "bbbbbbbb"
	kidGone  = "cccccccc"
	kidOld   = "dddddddd"
	otherVen = "0199f0a0-0000-7000-8000-0000000000cc"
)

var evening = time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)

// memoryKeys is the least that a keyring needs.
type memoryKeys []KeyRecord

func (m memoryKeys) List(_ context.Context, tenantID string) ([]KeyRecord, error) {
	var out []KeyRecord
	for _, k := range m {
		if k.TenantID == tenantID {
			out = append(out, k)
		}
	}
	return out, nil
}
func (memoryKeys) Create(context.Context, KeyRecord) error { return nil }
func (memoryKeys) SetState(context.Context, string, string, KeyState, KeyState, time.Time) error {
	return nil
}

func testKeyring(t testing.TB) *Keyring {
	t.Helper()
	record := func(tenant, id string, alg Algorithm, state KeyState) KeyRecord {
		return KeyRecord{TenantID: tenant, ID: id, Algorithm: alg, SecretID: "s1", State: state}
	}
	ring, err := NewKeyring(memoryKeys{
		record(tenantA, kidA, HS256, KeyActive), record(tenantA, kidEd, EdDSA, KeyVerifyOnly),
		record(tenantA, kidGone, HS256, KeyRevoked), record(tenantA, kidOld, HS256, KeyRetired),
	}, Secret{ID: "s1", Key: []byte("0123456789abcdef0123456789abcdef")})
	require.NoError(t, err)
	return ring
}

func testClaims(kid string) Claims {
	return Claims{
		TenantID: tenantA, BookingID: uuidA, VenueID: uuidB, Rev: 3, IssuedAt: evening.Add(-48 * time.Hour),
		Opens: evening.Add(-30 * time.Minute), Expires: evening.Add(2 * time.Hour),
		ID: base64.RawURLEncoding.EncodeToString([]byte("twelve bytes")), KeyID: kid,
	}
}

// mint signs claims with a key of the ring, whatever the key's state.
func mint(t testing.TB, ring *Keyring, c Claims) Token {
	t.Helper()
	for _, k := range ring.keys.(memoryKeys) {
		if k.ID != c.KeyID {
			continue
		}
		material, err := ring.signing(k, c.VenueID)
		require.NoError(t, err)
		token, err := sign(k, material, c)
		require.NoError(t, err)
		return token
	}
	t.Fatal("no such key")
	return Token{}
}

func verifier(t testing.TB) *Service { return &Service{keys: testKeyring(t)} }

func TestVerify_acceptsBothFormsOfBothAlgorithms(t *testing.T) {
	s := verifier(t)
	for _, kid := range []string{kidA, kidEd} {
		for _, ids := range [][2]string{{uuidA, uuidB}, {"booking 1", "sthlm"}, {strings.ToUpper(uuidA), "ö"}} {
			c := testClaims(kid)
			c.BookingID, c.VenueID = ids[0], ids[1]
			token := mint(t, s.keys, c)
			for _, text := range []string{
				token.JWT, token.Packed, strings.ToLower(token.Packed), " " + token.JWT + "\r\n", `\000026` + token.Packed,
			} {
				got, err := s.Verify(t.Context(), tenantA, text)
				require.NoError(t, err)
				require.Equal(t, c, got)
			}
		}
	}
}

// forge signs any header and payload with the ring's HS256 key.
func forge(t *testing.T, ring *Keyring, head, body string) string {
	t.Helper()
	key, err := ring.signing(ring.keys.(memoryKeys)[0], uuidB)
	require.NoError(t, err)
	return hs256(t, key.([]byte), head, body)
}

func hs256(t *testing.T, key []byte, head, body string) string {
	t.Helper()
	signing := b64.EncodeToString([]byte(head)) + "." + b64.EncodeToString([]byte(body))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signing))
	return signing + "." + b64.EncodeToString(mac.Sum(nil))
}

func TestVerify_refusesWithTheRightError(t *testing.T) {
	s := verifier(t)
	ring := s.keys
	good := mint(t, ring, testClaims(kidA))
	parts := strings.Split(good.JWT, ".")
	head, body := `{"alg":"HS256","kid":"aaaaaaaa","typ":"checkin+jwt"}`, ""
	raw, err := b64.DecodeString(parts[1])
	require.NoError(t, err)
	body = string(raw)
	require.Equal(t, good.JWT, forge(t, ring, head, body), "the forger signs as the issuer does")
	with := func(old, new string) string { return forge(t, ring, head, strings.Replace(body, old, new, 1)) }
	flip := func(text string, i int) string {
		b := []byte(text)
		if b[i] == 'A' {
			b[i] = 'B'
		} else {
			b[i] = 'A'
		}
		return string(b)
	}
	edKey, err := ring.verifying(ring.keys.(memoryKeys)[1], uuidB)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		text string
		want error
	}{
		"an empty text":                       {"", ErrBadToken},
		"a mebibyte of garbage":               {strings.Repeat("A", 1<<20), ErrBadToken},
		"garbage of a packed token's letters": {strings.Repeat("A", 152), ErrBadToken},
		"three dots":                          {"...", ErrBadToken},
		"alg none":                            {forge(t, ring, strings.Replace(head, "HS256", "none", 1), body), ErrBadToken},
		"alg none without a signature":        {b64.EncodeToString([]byte(strings.Replace(head, "HS256", "none", 1))) + "." + parts[1] + ".", ErrBadToken},
		"HS256 under an EdDSA key's public half": {
			hs256(t, edKey.(ed25519.PublicKey), strings.Replace(head, kidA, kidEd, 1), body), ErrBadToken,
		},
		"an EdDSA token whose header says HS256": {
			b64.EncodeToString([]byte(strings.Replace(head, kidA, kidEd, 1))) + "." + parts[1] + "." +
				strings.Split(mint(t, ring, testClaims(kidEd)).JWT, ".")[2], ErrBadToken,
		},
		"a missing typ":                        {forge(t, ring, `{"alg":"HS256","kid":"aaaaaaaa"}`, body), ErrBadToken},
		"another typ":                          {forge(t, ring, strings.Replace(head, "checkin+jwt", "JWT", 1), body), ErrBadToken},
		"crit in the header":                   {forge(t, ring, `{"alg":"HS256","crit":["x"],"kid":"aaaaaaaa","typ":"checkin+jwt"}`, body), ErrBadToken},
		"jwk in the header":                    {forge(t, ring, `{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"},"kid":"aaaaaaaa","typ":"checkin+jwt"}`, body), ErrBadToken},
		"jku in the header":                    {forge(t, ring, `{"alg":"HS256","jku":"https://x","kid":"aaaaaaaa","typ":"checkin+jwt"}`, body), ErrBadToken},
		"a duplicate header member":            {forge(t, ring, `{"alg":"none","alg":"HS256","kid":"aaaaaaaa","typ":"checkin+jwt"}`, body), ErrBadToken},
		"a header member in another case":      {forge(t, ring, `{"Alg":"HS256","kid":"aaaaaaaa","typ":"checkin+jwt"}`, body), ErrBadToken},
		"another audience":                     {with(`"aud":"checkin"`, `"aud":"signin"`), ErrBadToken},
		"a list of audiences":                  {with(`"aud":"checkin"`, `"aud":["checkin"]`), ErrBadToken},
		"a duplicate claim":                    {with(`"rev":3`, `"rev":2,"rev":3`), ErrBadToken},
		"an unknown claim":                     {with(`"sub"`, `"sco":"x","sub"`), ErrBadToken},
		"a fraction of a second":               {with(`"rev":3`, `"rev":3.0`), ErrBadToken},
		"a revision of zero":                   {with(`"rev":3`, `"rev":0`), ErrBadToken},
		"a venue that its key isn't for":       {with(uuidB, otherVen), ErrBadToken},
		"white space in the payload":           {with(`"rev":3`, `"rev": 3`), ErrBadToken},
		"a changed payload":                    {parts[0] + "." + flip(parts[1], 20) + "." + parts[2], ErrBadToken},
		"a changed signature":                  {parts[0] + "." + parts[1] + "." + flip(parts[2], 5), ErrBadToken},
		"a signature cut short":                {parts[0] + "." + parts[1] + "." + parts[2][:22], ErrBadToken},
		"no signature":                         {parts[0] + "." + parts[1] + ".", ErrBadToken},
		"padding":                              {good.JWT + "=", ErrBadToken},
		"a line break inside":                  {parts[0] + "." + parts[1] + "." + parts[2][:10] + "\n" + parts[2][10:], ErrBadToken},
		"other trailing bits":                  {good.JWT[:len(good.JWT)-1] + nextLetter(good.JWT[len(good.JWT)-1]), ErrBadToken},
		"a packed token with a line break":     {good.Packed[:20] + "\n" + good.Packed[20:], ErrBadToken},
		"a packed token with a changed letter": {flip(good.Packed, 40), ErrBadToken},
		"a packed token cut short":             {good.Packed[:len(good.Packed)-8], ErrBadToken},
		"a packed token with a tail":           {good.Packed + "AAAAAAAA", ErrBadToken},
		"another tenant's packed token":        {mint(t, strangers(t), stranger).Packed, ErrWrongTenant},
		"another tenant's token":               {forge(t, ring, head, strings.Replace(body, tenantA, "pins", 1)), ErrWrongTenant},
		"a kid that nobody has":                {forge(t, ring, strings.Replace(head, kidA, "eeeeeeee", 1), body), ErrUnknownKey},
		"a kid that can't be one":              {forge(t, ring, strings.Replace(head, kidA, "../../etc", 1), body), ErrBadToken},
		"a revoked key":                        {mint(t, ring, testClaims(kidGone)).JWT, ErrRevoked},
		"a revoked key, packed":                {mint(t, ring, testClaims(kidGone)).Packed, ErrRevoked},
		"a retired key":                        {mint(t, ring, testClaims(kidOld)).JWT, ErrUnknownKey},
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			_, err := s.Verify(t.Context(), tenantA, c.text)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// nextLetter is a letter of base64url that differs in its last bit, which the
// last letter of 32 bytes leaves unused.
func nextLetter(c byte) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(letters[strings.IndexByte(letters, c)^1])
}

// stranger is another chain's claims, strangers its keyring.
var stranger = func() Claims {
	c := testClaims(kidA)
	c.TenantID = "pins"
	return c
}()

func strangers(t testing.TB) *Keyring {
	t.Helper()
	ring, err := NewKeyring(memoryKeys{{TenantID: "pins", ID: kidA, Algorithm: HS256, SecretID: "s1", State: KeyActive}},
		Secret{ID: "s1", Key: []byte("0123456789abcdef0123456789abcdef")})
	require.NoError(t, err)
	return ring
}

func TestToken_staysWithinItsSizes(t *testing.T) {
	ring := testKeyring(t)
	large := func(kid string) Claims {
		c := testClaims(kid)
		c.Rev, c.Expires = 16_000, c.Opens.Add(20*24*time.Hour) // as long as the numbers may get
		return c
	}
	hs, ed := mint(t, ring, large(kidA)), mint(t, ring, large(kidEd))
	require.LessOrEqual(t, len(hs.JWT), 512)
	require.LessOrEqual(t, len(ed.JWT), 512)
	// Alphanumeric capacity at level M: 154 letters in version 6, 221 in version 8.
	require.LessOrEqual(t, len(hs.Packed), 154)
	require.LessOrEqual(t, len(ed.Packed), 221)
	require.Regexp(t, `^[A-Z2-7]+$`, hs.Packed)
}

func TestToken_namesNobody(t *testing.T) {
	raw, err := b64.DecodeString(strings.Split(mint(t, testKeyring(t), testClaims(kidA)).JWT, ".")[1])
	require.NoError(t, err)
	var claims map[string]any
	require.NoError(t, json.Unmarshal(raw, &claims))
	names := []string{}
	for name := range claims {
		names = append(names, name)
	}
	require.ElementsMatch(t, []string{"aud", "exp", "iat", "iss", "jti", "nbf", "rev", "sub", "ven"}, names)
}

const (
	goldenJWT    = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImFhYWFhYWFhIiwidHlwIjoiY2hlY2tpbitqd3QifQ.eyJhdWQiOiJjaGVja2luIiwiZXhwIjoxNzk1Mzc3NjAwLCJpYXQiOjE3OTUxOTc2MDAsImlzcyI6Imtsb3RldCIsImp0aSI6ImRIZGxiSFpsSUdKNWRHVnoiLCJuYmYiOjE3OTUzNjg2MDAsInJldiI6Mywic3ViIjoiMDE5OWYwYTAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMGFhIiwidmVuIjoiMDE5OWYwYTAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMGJiIn0.wzp3u4LnwnS50pVF-s-beeJbBFl545u1ipnrdOgBvZc"
	goldenPacked = "CO5QAAAAAAAADGPQUAAAA4AAQAAAAAAAAAALWAMZ6CQAAADQACAAAAAAAAAABKQDBT2KTIAM65CZRKCGOR3WK3DWMUQGE6LUMVZ4GOTXXOBOPQTUXHJJKRP2Z6NXTYS3ARMXTY43WWFJT23U5AA33FY"
)

// The golden token keeps its derivation and form from changing unseen: codes
// in customers' mail must still verify after an upgrade.
func TestToken_formIsStable(t *testing.T) {
	token := mint(t, testKeyring(t), testClaims(kidA))
	require.Equal(t, goldenJWT, token.JWT)
	require.Equal(t, goldenPacked, token.Packed)
}

func FuzzVerify(f *testing.F) {
	s := verifier(f)
	for _, kid := range []string{kidA, kidEd, kidGone} {
		token := mint(f, s.keys, testClaims(kid))
		f.Add(token.JWT)
		f.Add(token.Packed)
	}
	f.Add("...")
	f.Add("\\000026AEAA")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := s.Verify(t.Context(), tenantA, text)
		if err != nil {
			return
		}
		// Whatever is accepted is exactly what the issuer makes.
		token := mint(t, s.keys, c)
		clean := cleanText(text)
		if clean != token.JWT && strings.ToUpper(clean) != token.Packed {
			t.Fatalf("accepted %q, which nobody issued", text)
		}
	})
}
