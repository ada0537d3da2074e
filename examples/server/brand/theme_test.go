package brand_test

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

var (
	grounds = []string{"page", "card", "soft"}
	fills   = []string{"accent", "secondary", "good", "warn", "bad"}
)

// pair is two custom properties and the least contrast between them.
type pair struct {
	a, b  string
	ratio float64
}

// promised lists every pair of the style sheet that stands together on a page.
func promised() (pairs []pair) {
	for _, ground := range grounds {
		for _, text := range []string{"ink", "ink-soft"} {
			pairs = append(pairs, pair{text, ground, 4.5})
		}
		for _, line := range []string{"control", "focus"} {
			pairs = append(pairs, pair{line, ground, 3})
		}
		for _, fill := range fills {
			pairs = append(pairs, pair{fill + "-text", ground, 4.5}, pair{fill + "-line", ground, 3})
		}
	}
	for _, fill := range fills {
		pairs = append(pairs, pair{fill + "-ink", fill, 4.5}, pair{fill + "-ink", fill + "-hover", 4.5})
	}
	return pairs
}

var pairs = promised()

// unreadable names the first promise that a tenant's theme breaks, or is empty.
func unreadable(t require.TestingT, colours brand.Colours) string {
	for i, scheme := range schemes(t, brand.Theme(brand.Config{Colours: colours})) {
		for _, p := range pairs {
			a, okA := scheme[p.a]
			b, okB := scheme[p.b]
			if !okA || !okB {
				return fmt.Sprintf("%s or %s is missing", p.a, p.b)
			}
			if ratio := brand.Contrast(a, b); ratio < p.ratio {
				return fmt.Sprintf("%+v in %s: %s %v on %s %v is %.3f, want %.1f", colours, []string{"light", "dark"}[i], p.a, a, p.b, b, ratio, p.ratio)
			}
		}
	}
	return ""
}

func TestEveryPairOfASweepOfAccentsIsReadable(t *testing.T) {
	t.Parallel()
	count := 0
	for r := 0; r < 256; r += 15 {
		for g := 0; g < 256; g += 15 {
			for b := 0; b < 256; b += 15 {
				count++
				require.Empty(t, unreadable(t, brand.Colours{Accent: fmt.Sprintf("#%02x%02x%02x", r, g, b)}))
			}
		}
	}
	require.Equal(t, 5832, count)
}

func TestEveryPairOfRandomColoursIsReadable(t *testing.T) {
	t.Parallel()
	channel := rapid.Byte()
	colour := rapid.Custom(func(t *rapid.T) string {
		return brand.Colour{R: channel.Draw(t, "r"), G: channel.Draw(t, "g"), B: channel.Draw(t, "b")}.String()
	})
	colours := rapid.Custom(func(t *rapid.T) brand.Colours {
		return brand.Colours{Accent: colour.Draw(t, "accent"), Secondary: colour.Draw(t, "secondary"), Surface: colour.Draw(t, "surface")}
	})
	// 50 of them in each of rapid's 100 checks.
	rapid.Check(t, func(t *rapid.T) {
		for _, c := range rapid.SliceOfN(colours, 50, 50).Draw(t, "colours") {
			require.Empty(t, unreadable(t, c))
		}
	})
}

func TestAReadableAccentIsKeptAsItIs(t *testing.T) {
	t.Parallel()
	css := brand.Theme(config(func(c *brand.Config) { c.Colours.Accent = "#7A1F3D" }))
	light := schemes(t, css)[0]
	require.Equal(t, "#7a1f3d", light["accent"].String())
	require.Equal(t, "#7a1f3d", light["accent-text"].String())
	require.Equal(t, "#ffffff", light["accent-ink"].String())
}

func TestAMiddleToneGivesWayAsLittleAsItMust(t *testing.T) {
	t.Parallel()
	accent, err := brand.ParseColour("#757575")
	require.NoError(t, err)
	for _, scheme := range schemes(t, brand.Theme(config(func(c *brand.Config) { c.Colours.Accent = "#777777" }))) {
		require.InDelta(t, accent.R, scheme["accent"].R, 6)
		require.Less(t, brand.Contrast(scheme["accent"], scheme["accent-ink"]), 4.8)
	}
}

func TestLightIsLightAndDarkIsDarkWhateverTheSurface(t *testing.T) {
	t.Parallel()
	white, black := brand.Colour{R: 255, G: 255, B: 255}, brand.Colour{}
	for _, surface := range []string{"", "#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#808080"} {
		light, dark := brand.Palettes(config(func(c *brand.Config) { c.Colours.Surface = surface }))
		require.Less(t, brand.Contrast(light.Page, white), 1.2, surface)
		require.Less(t, brand.Contrast(dark.Page, black), 1.3, surface)
	}
}

func TestAThemeIsNothingButCustomProperties(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^:root,:host\{(--[a-z-]+:[^;{}<>]+;)+\}\n@media \(prefers-color-scheme:dark\)\{:root,:host\{(--[a-z-]+:#[0-9a-f]{6};)+\}\}\n$`)
	for _, hostile := range []string{"", "red", "#12345", "#1234567", "#12345g", "}body{display:none", "url(https://a.example)", "#fff;}*{}"} {
		css := brand.Theme(brand.Config{
			Name:    "</style><script>",
			Colours: brand.Colours{Accent: hostile, Secondary: hostile, Surface: hostile},
			Font:    brand.Font(hostile),
		})
		require.Regexp(t, form, string(css))
		require.Equal(t, brand.Theme(brand.Config{}), css, "what doesn't parse counts as not given")
	}
}

func TestEachFontIsAStackWithAGenericEnd(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, font := range []brand.Font{brand.FontSystem, brand.FontRounded, brand.FontSerif, brand.FontHumanist} {
		css := string(brand.Theme(config(func(c *brand.Config) { c.Font = font })))
		_, rest, _ := strings.Cut(css, "--font:")
		stack, _, _ := strings.Cut(rest, ";")
		require.Regexp(t, `,(sans-)?serif$`, stack)
		seen[stack] = true
	}
	require.Len(t, seen, 4)
}

func TestTheSameConfigGivesTheSameBytesAndHash(t *testing.T) {
	t.Parallel()
	one, two := brand.Theme(config(nil)), brand.Theme(config(nil))
	require.True(t, bytes.Equal(one, two))
	require.Regexp(t, `^[0-9a-f]{16}$`, brand.Hash(one))
	require.Equal(t, brand.Hash(one), brand.Hash(two))
	other := brand.Theme(config(func(c *brand.Config) { c.Colours.Accent = "#d9482c" }))
	require.NotEqual(t, brand.Hash(one), brand.Hash(other))
}

func BenchmarkTheme(b *testing.B) {
	c := config(nil)
	for b.Loop() {
		brand.Theme(c)
	}
}
