package httpx_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/internal/httpx"
)

func TestProblemIsTheSameByStatusAndCode(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("x: %w", httpx.NotFound.WithMember("a", 1).WithCause(errExpired))
	require.ErrorIs(t, err, httpx.NotFound)
	require.ErrorIs(t, err, errExpired)
	require.NotErrorIs(t, err, httpx.Conflict)
	require.NotErrorIs(t, err, httpx.NewProblem(http.StatusGone, "not_found", "", ""))
	require.EqualError(t, err, "x: httpx: 404 not_found: nps: prompt expired")
	require.EqualError(t, httpx.NotFound, "httpx: 404 not_found")
}

func TestProblemCopiesShareNothing(t *testing.T) {
	t.Parallel()
	base := httpx.NewProblem(http.StatusConflict, "c", "en", "sv").
		WithMember("a", 1).WithHeader("X-A", "1").WithErrors(httpx.NewFieldError("/a", "a", "", ""))
	one := base.WithMember("b", 1).WithHeader("X-B", "1").WithErrors(httpx.NewFieldError("/b", "b", "", "")).
		WithDetail(httpx.Text{EN: "other"}).WithCause(errors.New("x"))
	two := base.WithErrors(httpx.NewFieldError("/c", "c", "", ""))
	require.Len(t, base.Members, 1)
	require.Len(t, base.Header, 1)
	require.Len(t, base.Errors, 1)
	require.Equal(t, "en", base.Detail.EN)
	require.NoError(t, base.Unwrap())
	require.Equal(t, "/b", one.Errors[1].Pointer)
	require.Equal(t, "/c", two.Errors[1].Pointer)
	require.Len(t, one.Members, 2)
	require.Len(t, one.Header, 2)
}

func TestText(t *testing.T) {
	t.Parallel()
	text := httpx.Text{EN: "at most {n} {unit}", SV: "högst {n} {unit}"}.Fill("n", "3", "unit", "byte")
	require.Equal(t, "at most 3 byte", text.In("en"))
	require.Equal(t, "högst 3 byte", text.In("sv"))
	require.Equal(t, "at most 3 byte", text.In("fi"))
	require.Equal(t, "only", httpx.Text{EN: "only"}.In("sv"), "a missing translation falls back")
}

func TestSharedProblemsAreWholeAndDistinct(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, p := range []*httpx.Problem{
		httpx.BadRequest, httpx.BadJSON, httpx.BadBody, httpx.DuplicateMember, httpx.UnknownMember, httpx.BadType, httpx.BadString,
		httpx.BadLimit, httpx.BadCursor, httpx.IdempotencyKeyRequired, httpx.BadIdempotencyKey, httpx.Unauthenticated, httpx.Forbidden,
		httpx.NotFound, httpx.MethodNotAllowed, httpx.Conflict, httpx.Stale, httpx.BodyTooLarge, httpx.UnsupportedMediaType,
		httpx.IfMatchRequired, httpx.Internal,
	} {
		require.Regexp(t, `^[a-z]+(_[a-z]+)*$`, p.Code)
		require.False(t, seen[p.Code], "%s is there twice", p.Code)
		seen[p.Code] = true
		require.NotEmpty(t, http.StatusText(p.Status), p.Code)
		require.NotEmpty(t, p.Detail.EN, p.Code)
		require.NotEmpty(t, p.Detail.SV, p.Code)
		require.NotEqual(t, p.Detail.EN, p.Detail.SV, p.Code)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		accept []string
		chosen string // by the host; "-" for no choice
		want   string
	}{
		"nothing said is English":                 {nil, "-", "en"},
		"Swedish":                                 {[]string{"sv"}, "-", "sv"},
		"a region is ignored":                     {[]string{"sv-FI"}, "-", "sv"},
		"case doesn't matter":                     {[]string{"SV-se"}, "-", "sv"},
		"the first of equals":                     {[]string{"sv, en"}, "-", "sv"},
		"the first of equals, the other way":      {[]string{"en,sv"}, "-", "en"},
		"the higher weight":                       {[]string{"en;q=0.5, sv;q=0.8"}, "-", "sv"},
		"spaces around the weight":                {[]string{"en ; q=0.5 , sv"}, "-", "sv"},
		"a language that is not spoken is passed": {[]string{"nb, fi;q=0.9, sv;q=0.2"}, "-", "sv"},
		"a refused language":                      {[]string{"sv;q=0"}, "-", "en"},
		"any language is English":                 {[]string{"*, sv;q=0.5"}, "-", "en"},
		"a weight that can't be read":             {[]string{"sv;q=high, sv;q=NaN, sv;q=7"}, "-", "en"},
		"two header lines":                        {[]string{"fi", "sv"}, "-", "sv"},
		"a name that only begins alike":           {[]string{"svx, sve"}, "-", "en"},
		"empty elements":                          {[]string{",,;,sv"}, "-", "sv"},
		"the host's choice wins":                  {[]string{"sv"}, "en", "en"},
		"the host's choice with a region":         {[]string{"en"}, "sv-SE", "sv"},
		"a choice that is not spoken is English":  {[]string{"sv"}, "fi", "en"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := get("/")
			for _, line := range c.accept {
				r.Header.Add("Accept-Language", line)
			}
			if c.chosen != "-" {
				r = r.WithContext(httpx.WithLanguage(r.Context(), c.chosen))
			}
			require.Equal(t, c.want, httpx.Language(r))
		})
	}
}
