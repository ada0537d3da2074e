package brand_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

// config returns a tenant with nothing wrong, changed by the caller.
func config(change func(*brand.Config)) brand.Config {
	c := brand.Config{
		ID: "klotet", Name: "Klotet", Hosts: []string{"klotet.localhost"}, Origin: "http://klotet.localhost:8080",
		Languages: []string{"sv", "en"}, Currency: "SEK", Colours: brand.Colours{Accent: "#d9482b"},
		MailSender: "Klotet <hej@klotet.example>",
	}
	if change != nil {
		change(&c)
	}
	return c
}

// picture returns a PNG of the given size.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	img.Set(0, 0, color.RGBA{R: 200, A: 255})
	var out bytes.Buffer
	require.NoError(t, png.Encode(&out, img))
	return out.Bytes()
}

// schemes reads the colours back from a style sheet: light, then dark.
func schemes(t require.TestingT, css []byte) [2]map[string]brand.Colour {
	lightCSS, darkCSS, found := strings.Cut(string(css), "@media (prefers-color-scheme:dark)")
	require.True(t, found)
	var out [2]map[string]brand.Colour
	for i, part := range []string{lightCSS, darkCSS} {
		out[i] = make(map[string]brand.Colour, 40)
		for line := range strings.SplitSeq(part, ";") {
			_, declaration, _ := strings.Cut(line, "--")
			name, value, _ := strings.Cut(declaration, ":")
			if c, err := brand.ParseColour(value); err == nil {
				out[i][name] = c
			}
		}
	}
	return out
}
