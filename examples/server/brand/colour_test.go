package brand_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

func TestContrastIsThatOfWCAG(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"#000000", "#ffffff", 21},
		{"#ffffff", "#000000", 21},
		{"#777777", "#777777", 1},
		{"#777777", "#ffffff", 4.478},
		{"#767676", "#ffffff", 4.542},
		{"#ff0000", "#ffffff", 3.998},
		{"#0000ff", "#ffffff", 8.592},
		{"#ffff00", "#000000", 19.556},
	} {
		a, err := brand.ParseColour(c.a)
		require.NoError(t, err)
		b, err := brand.ParseColour(c.b)
		require.NoError(t, err)
		require.InDelta(t, c.want, brand.Contrast(a, b), 0.001, "%s on %s", c.a, c.b)
	}
}

func TestOnlySixHexDigitsAreAColour(t *testing.T) {
	t.Parallel()
	c, err := brand.ParseColour("#0aF1c2")
	require.NoError(t, err)
	require.Equal(t, brand.Colour{R: 0x0a, G: 0xf1, B: 0xc2}, c)
	require.Equal(t, "#0af1c2", c.String())
	for _, s := range []string{"", "#", "#fff", "0af1c2", "#0af1c", "#0af1c22", "#0af1cg", "#+af1c2", "#0x1122", "# af1c2", "#1_2_34", "red", "#0af1cé"} {
		_, err := brand.ParseColour(s)
		require.Error(t, err, s)
	}
}
