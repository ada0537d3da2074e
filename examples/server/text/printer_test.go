package text_test

import (
	"bytes"
	"html/template"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/text"
)

// printer fails the test for anything missing.
func printer(t testing.TB, lang string) text.Printer {
	return text.For(lang).WithMissing(func(lang, key, fact string) { t.Errorf("%s: %s: %s", lang, key, fact) })
}

func TestALanguageTagChoosesTheLanguage(t *testing.T) {
	t.Parallel()
	for tag, want := range map[string]string{"sv": "sv", "sv-SE": "sv", "SV": "sv", "sv-fi": "sv", "en": "en", "en-GB": "en", "": "en", "de": "en", "svx": "en"} {
		require.Equal(t, want, text.For(tag).Lang(), tag)
	}
	require.Equal(t, "en", text.Printer{}.Lang())
	require.Equal(t, "Sign in", text.Printer{}.T("signin.title"))
}

func TestValuesStandWhereTheTextNamesThem(t *testing.T) {
	t.Parallel()
	sv, en := printer(t, "sv"), printer(t, "en")
	require.Equal(t, "Bokning K7M2QX", sv.T("booking.title", "reference", "K7M2QX"))
	require.Equal(t, "Step 2 of 5", en.T("wizard.progress", "step", 2, "steps", 5))
	require.Equal(t, "Bokningen gäller Söder, i kväll.", sv.T("verdict.wrong_venue.line", "when", "i kväll", "venue", "Söder", "unused", 1.5))
}

func TestTheCountChoosesTheForm(t *testing.T) {
	t.Parallel()
	sv, en := printer(t, "sv"), printer(t, "en")
	for n, want := range map[int][2]string{
		0:    {"0 banor", "0 lanes"},
		1:    {"1 bana", "1 lane"},
		2:    {"2 banor", "2 lanes"},
		21:   {"21 banor", "21 lanes"},
		-1:   {"−1 banor", "−1 lanes"},
		1500: {"1\u00a0500 banor", "1,500 lanes"},
	} {
		require.Equal(t, want, [2]string{sv.T("resource.lane.count", "n", n), en.T("resource.lane.count", "n", n)})
	}
	require.Equal(t, "1 bana", sv.T("resource.lane.count", "n", int64(1)))
	require.Equal(t, "1 bana", sv.T("resource.lane.count", "n", int32(1)))
	require.Equal(t, "One thing needs fixing", en.T("wizard.error.summary", "n", 1))
}

func TestWhatIsMissingIsReportedAndShown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		key  string
		args []any
		want string
		fact string
	}{
		{"an unknown key", "bookings.nothing", nil, "bookings.nothing", "unknown key"},
		{"a value not given", "booking.title", nil, "Booking {reference}", "placeholder reference has no value"},
		{"a plural without count", "resource.lane.count", []any{"n", "two"}, "two lanes", "plural without a whole number n"},
		{"a name without value", "booking.title", []any{"reference", "A", "n"}, "Booking A", "arguments are not pairs"},
		{"a value for a name", "booking.title", []any{7, "A", "reference", "B"}, "Booking B", "argument 7 is not a name"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var reports [][3]string
			p := text.For("en").WithMissing(func(lang, key, fact string) { reports = append(reports, [3]string{lang, key, fact}) })
			require.Equal(t, c.want, p.T(c.key, c.args...))
			require.Equal(t, [][3]string{{"en", c.key, c.fact}}, reports)
			require.Equal(t, c.want, text.For("en").T(c.key, c.args...), "also without a hook")
		})
	}
}

func TestValuesAreEscapedByTheTemplate(t *testing.T) {
	t.Parallel()
	page := template.Must(template.New("").Funcs(template.FuncMap{"t": printer(t, "en").T}).Parse(`<p>{{t "booking.title" "reference" .}}</p>`))
	var out bytes.Buffer
	require.NoError(t, page.Execute(&out, "<script>"))
	require.Equal(t, "<p>Booking &lt;script&gt;</p>", out.String())
}

func TestABraceInAValueIsNoPlaceholder(t *testing.T) {
	t.Parallel()
	require.Equal(t, "Booking {n} {reference}", printer(t, "en").T("booking.title", "reference", "{n} {reference}"))
}

func TestAListIsJoinedAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	sv, en := printer(t, "sv"), printer(t, "en")
	words := []string{"a", "b", "c"}
	require.Equal(t, []string{"", "a", "a och b", "a, b och c"}, []string{sv.List(nil), sv.List(words[:1]), sv.List(words[:2]), sv.List(words)})
	require.Equal(t, "a, b and c", en.List(words))
	require.True(t, slices.Equal(words, []string{"a", "b", "c"}))
}

func TestCapRaisesTheFirstLetterOnly(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"i kväll": "I kväll", "ögonblick": "Ögonblick", "": "", "7 feb": "7 feb", "\xffa": "\xffa"} {
		require.Equal(t, want, text.Cap(in))
	}
}

func BenchmarkT(b *testing.B) {
	p := text.For("sv")
	b.ReportAllocs()
	for b.Loop() {
		p.T("resource.lane.count", "n", 2)
	}
}
