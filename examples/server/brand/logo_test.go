package brand_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
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

func TestALogoOfFewColoursIsWrittenWithAPalette(t *testing.T) {
	t.Parallel()
	side := image.Rect(0, 0, 64, 64)
	for _, c := range []struct {
		name    string
		palette bool
		img     draw.Image
		colours int
		colour  func(i int) color.Color
	}{
		{"256 colours, some of them see-through", true, image.NewNRGBA(side), 256, func(i int) color.Color { return color.NRGBA{uint8(i), 1, 2, uint8(i)} }},
		{"nothing but see-through", true, image.NewNRGBA(side), 2, func(i int) color.Color { return color.NRGBA{0, 0, 0, uint8(i)} }},
		{"257 colours", false, image.NewNRGBA(side), 257, func(i int) color.Color { return color.NRGBA{uint8(i), uint8(i >> 8), 7, 255} }},
		{"colours finer than a palette's", false, image.NewNRGBA64(side), 16, func(i int) color.Color { return color.NRGBA64{uint16(i) + 1, 2, 3, 0xffff} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2)) // so that no filter of PNG does as well
			for i := range 64 * 64 {
				n := i
				if n >= c.colours {
					n = random.IntN(c.colours)
				}
				c.img.Set(i%64, i/64, c.colour(n))
			}
			var raw bytes.Buffer
			require.NoError(t, png.Encode(&raw, c.img))
			logo, err := brand.DecodeLogo(raw.Bytes())
			require.NoError(t, err)
			decoded, err := png.Decode(bytes.NewReader(logo.PNG()))
			require.NoError(t, err)
			_, ok := decoded.(*image.Paletted)
			require.Equal(t, c.palette, ok)
			for i := range 64 * 64 {
				require.Equal(t, color.NRGBA64Model.Convert(c.img.At(i%64, i/64)), color.NRGBA64Model.Convert(decoded.At(i%64, i/64)), "pixel %d", i)
			}
		})
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
