package booking

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// crockford is Crockford's base32: no I, L, O or U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const referenceLength = 6

// reference derives the n-th candidate for a booking's reference from its id,
// whose random part decides it.
func reference(id string, n int) string {
	sum := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(id), uint32(n)))
	bits := binary.BigEndian.Uint64(sum[:8])
	var ref [referenceLength]byte
	for i := range ref {
		ref[i] = crockford[bits&31]
		bits >>= 5
	}
	return string(ref[:])
}

var misread = strings.NewReplacer("O", "0", "I", "1", "L", "1", " ", "", "-", "")

// ParseReference reads a reference as people type it: in lower case, with
// spaces or hyphens, O for 0, I or L for 1. ok is false when it can be none.
func ParseReference(typed string) (ref string, ok bool) {
	if len(typed) > 4*referenceLength {
		return "", false
	}
	ref = misread.Replace(strings.ToUpper(typed))
	if len(ref) != referenceLength || strings.Trim(ref, crockford) != "" {
		return "", false
	}
	return ref, true
}
