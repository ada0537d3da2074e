package brand

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The middles are those that browsers give for color-mix(in oklab, …).
func TestMixingIsThatOfOKLab(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ a, b, middle string }{
		{"#000000", "#ffffff", "#636363"},
		{"#ff0000", "#0000ff", "#8c53a2"},
	} {
		a, err := ParseColour(c.a)
		require.NoError(t, err)
		b, err := ParseColour(c.b)
		require.NoError(t, err)
		require.Equal(t, c.middle, mix(a, b, 0.5).String())
		require.Equal(t, c.middle, mix(b, a, 0.5).String())
	}
}

func TestAColourMixedWithItselfStays(t *testing.T) {
	t.Parallel()
	for r := 0; r < 256; r += 17 {
		for g := 0; g < 256; g += 17 {
			for b := 0; b < 256; b += 17 {
				c := Colour{uint8(r), uint8(g), uint8(b)}
				require.Equal(t, c, mix(c, c, 0.3))
			}
		}
	}
}
