package brand_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

func TestALogoIsWrittenAnewAsPNG(t *testing.T) {
	t.Parallel()
	img := image.NewPaletted(image.Rect(0, 0, 40, 20), color.Palette{color.Black, color.White})
	var asGIF, asJPEG bytes.Buffer
	require.NoError(t, gif.Encode(&asGIF, img, nil))
	require.NoError(t, jpeg.Encode(&asJPEG, img, nil))
	for name, raw := range map[string][]byte{"PNG": picture(t, 40, 20), "GIF": asGIF.Bytes(), "JPEG": asJPEG.Bytes()} {
		logo, err := brand.DecodeLogo(append(raw, "<script>alert(1)</script>"...))
		require.NoError(t, err, name)
		require.Equal(t, []int{40, 20}, []int{logo.Width(), logo.Height()}, name)
		decoded, err := png.Decode(bytes.NewReader(logo.PNG()))
		require.NoError(t, err, name)
		require.Equal(t, image.Pt(40, 20), decoded.Bounds().Size(), name)
		require.NotContains(t, string(logo.PNG()), "script", name)
		require.Equal(t, brand.Hash(logo.PNG()), logo.Hash(), name)
	}
}

func TestALogoOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	noise := image.NewNRGBA(image.Rect(0, 0, 400, 400))
	random := rand.New(rand.NewPCG(1, 2))
	for i := range noise.Pix {
		noise.Pix[i] = byte(random.Uint32())
	}
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, noise, &jpeg.Options{Quality: 40}))
	require.Less(t, photo.Len(), brand.MaxLogoBytes)

	// A header that claims more pixels than there is memory for, with nothing behind it.
	bomb := picture(t, 1, 1)[:33]
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"nothing":                          {nil, brand.ErrLogoFormat},
		"text":                             {[]byte("hello"), brand.ErrLogoFormat},
		"SVG":                              {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`), brand.ErrLogoFormat},
		"a torn PNG":                       {picture(t, 40, 20)[:60], brand.ErrLogoFormat},
		"a header without pixels":          {bomb, brand.ErrLogoFormat},
		"one pixel too wide":               {picture(t, 513, 1), brand.ErrLogoSide},
		"one pixel too high":               {picture(t, 1, 513), brand.ErrLogoSide},
		"too many bytes":                   {append(picture(t, 1, 1), make([]byte, brand.MaxLogoBytes)...), brand.ErrLogoBytes},
		"a photo too large once rewritten": {photo.Bytes(), brand.ErrLogoBytes},
	} {
		_, err := brand.DecodeLogo(c.raw)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := brand.DecodeLogo(picture(t, 512, 512))
	require.NoError(t, err)
}

func TestALogosBytesAreACopy(t *testing.T) {
	t.Parallel()
	logo, err := brand.DecodeLogo(picture(t, 4, 4))
	require.NoError(t, err)
	logo.PNG()[0] = 'X'
	require.Equal(t, byte(0x89), logo.PNG()[0])
}
