package httpx

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// ETag returns the strong entity tag of a version, which may be any text, such
// as a revision. Set it as the ETag header of what was read.
func ETag(version string) string {
	return `"` + base64.RawURLEncoding.EncodeToString([]byte(version)) + `"`
}

// IfMatch checks that the request changes the version that stands now. Without
// an If-Match header it is [IfMatchRequired], with other versions only it is
// [Stale]; `*` takes any. Between this check and the write another may come
// first: the write itself must be conditional on the version too.
func IfMatch(r *http.Request, version string) error {
	lines := r.Header.Values("If-Match")
	if len(lines) == 0 {
		return IfMatchRequired
	}
	want := ETag(version)
	for _, line := range lines {
		// A tag may hold a comma, but no part of one begins and ends with a quote.
		for tag := range strings.SplitSeq(line, ",") {
			if tag = strings.TrimSpace(tag); tag == want || tag == "*" {
				return nil
			}
		}
	}
	return Stale
}

// IdempotencyKey returns the Idempotency-Key header of a write that needs one:
// 1 to 64 visible ASCII characters, taken as they are. A missing key is
// [IdempotencyKeyRequired], any other [BadIdempotencyKey].
func IdempotencyKey(r *http.Request) (string, error) {
	values := r.Header.Values("Idempotency-Key")
	if len(values) == 0 {
		return "", IdempotencyKeyRequired
	}
	key := values[0]
	if len(values) > 1 || len(key) < 1 || len(key) > 64 {
		return "", BadIdempotencyKey
	}
	for i := range len(key) {
		if key[i] < '!' || key[i] > '~' {
			return "", BadIdempotencyKey
		}
	}
	return key, nil
}
