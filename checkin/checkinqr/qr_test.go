package checkinqr_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin/checkinqr"
)

func TestVersion_ofPackedTokensIsSmall(t *testing.T) {
	for name, c := range map[string]struct {
		letters int
		most    int
	}{
		"HS256 with UUIDs is at most version 6": {152, 6},
		"EdDSA with UUIDs is at most version 8": {204, 8},
	} {
		t.Run(name, func(t *testing.T) {
			version, err := checkinqr.Version(strings.Repeat("AEIMQU27", 40)[:c.letters])
			require.NoError(t, err)
			require.LessOrEqual(t, version, c.most)
		})
	}
}

func TestSVG_isWellFormedAndHasAQuietMargin(t *testing.T) {
	svg, err := checkinqr.SVG("HELLO")
	require.NoError(t, err)
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		_, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	require.Contains(t, string(svg), `viewBox="0 0 29 29"`, "21 modules and 4 on each side")
	require.NotContains(t, string(svg), "style")
}

func TestPNG_isTheSamePictureAsTheSVG(t *testing.T) {
	raw, err := checkinqr.PNG("HELLO", 3)
	require.NoError(t, err)
	img, err := png.Decode(bytes.NewReader(raw))
	require.NoError(t, err)
	require.Equal(t, 29*3, img.Bounds().Dx())
	svg, err := checkinqr.SVG("HELLO")
	require.NoError(t, err)
	runs := 0
	for y := range 29 {
		before := false
		for x := range 29 {
			r, _, _, _ := img.At(x*3+1, y*3+1).RGBA()
			if r == 0 && !before {
				runs++
			}
			before = r == 0
		}
	}
	require.Equal(t, runs, strings.Count(string(svg), "v1h-"))
}

func TestPNG_refusesWhatItCannotDraw(t *testing.T) {
	_, err := checkinqr.PNG("HELLO", 0)
	require.Error(t, err)
	_, err = checkinqr.PNG(strings.Repeat("A", 5000), 1)
	require.ErrorIs(t, err, checkinqr.ErrTooLong)
}
