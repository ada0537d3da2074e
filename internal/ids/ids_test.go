package ids_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/ids"
)

func TestNewIsAUUIDv7OfNow(t *testing.T) {
	t.Parallel()
	before := time.Now().Add(-time.Second)
	id, err := uuid.Parse(ids.New())
	require.NoError(t, err)
	require.Equal(t, uuid.Version(7), id.Version())
	require.Equal(t, uuid.RFC4122, id.Variant())
	made := time.Unix(id.Time().UnixTime())
	require.True(t, made.After(before) && made.Before(time.Now().Add(time.Second)), "made at %v", made)
}

func TestNewRisesWithinAProcess(t *testing.T) {
	t.Parallel()
	const workers, each = 4, 5000
	made := make([][]string, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for range each {
				made[w] = append(made[w], ids.New())
			}
		})
	}
	wg.Wait()
	for _, run := range made {
		require.True(t, slices.IsSorted(run))
	}
	all := slices.Concat(made...)
	slices.Sort(all)
	require.Len(t, slices.Compact(all), workers*each)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		id   string
		want string // part of the error; "" when the id is good
	}{
		"a UUID is an id":                              {"01890a5d-ac96-774b-bcce-b302099a8057", ""},
		"a number is an id":                            {"7", ""},
		"letters beyond ASCII are fine":                {"bokning-åäö-予約", ""},
		"spaces and punctuation are the host's affair": {" a/b?c ", ""},
		"64 bytes fit":                                 {strings.Repeat("x", 64), ""},
		"65 bytes don't":                               {strings.Repeat("x", 65), "longer than 64 bytes"},
		"bytes are counted, not letters":               {strings.Repeat("å", 33), "longer than 64 bytes"},
		"empty is no id":                               {"", "empty"},
		"NUL is refused":                               {"a\x00b", "control character"},
		"a line end is refused":                        {"a\nb", "control character"},
		"DEL is refused":                               {"a\x7f", "control character"},
		"a C1 control is refused":                      {"a\u0085", "control character"},
		"broken UTF-8 is refused":                      {"a\xff", "not UTF-8"},
		"an encoded surrogate is refused":              {"\xed\xa0\x80", "not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ids.Check(c.id)
			require.Equal(t, c.want == "", ids.Valid(c.id))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ids.ErrInvalid)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestParseUUIDTakesOnlyTheCanonicalText(t *testing.T) {
	t.Parallel()
	const good = "01890a5d-ac96-774b-bcce-b302099a8057"
	id, ok := ids.ParseUUID(good)
	require.True(t, ok)
	require.Equal(t, [16]byte(uuid.MustParse(good)), id)
	require.Equal(t, good, ids.FormatUUID(id))

	for name, s := range map[string]string{
		"upper case":         strings.ToUpper(good),
		"one capital":        strings.Replace(good, "d", "D", 1),
		"braces":             "{" + good + "}",
		"urn":                "urn:uuid:" + good,
		"no hyphens":         strings.ReplaceAll(good, "-", ""),
		"a moved hyphen":     "01890a5da-c96-774b-bcce-b302099a8057",
		"a letter past f":    strings.Replace(good, "a", "g", 1),
		"a trailing space":   good[:35] + " ",
		"empty":              "",
		"a longer text":      good + "0",
		"a slash before 0":   strings.Replace(good, "0", "/", 1),
		"a letter beyond it": strings.Replace(good, "ac", "å", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id, ok := ids.ParseUUID(s)
			require.False(t, ok)
			require.Zero(t, id)
		})
	}
}

func FuzzParseUUID(f *testing.F) {
	f.Add("01890a5d-ac96-774b-bcce-b302099a8057")
	f.Add("01890A5D-AC96-774B-BCCE-B302099A8057")
	f.Fuzz(func(t *testing.T, s string) {
		id, ok := ids.ParseUUID(s)
		if ok && ids.FormatUUID(id) != s {
			t.Fatalf("%q renders as %q", s, ids.FormatUUID(id))
		}
		if other, err := uuid.Parse(s); !ok && err == nil && other.String() == s {
			t.Fatalf("%q is canonical but refused", s)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = ids.New()
	}
}
