package brand

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // registers the format
	_ "image/jpeg"
	"image/png"
)

// The bounds of a logo: pixels a side, and bytes both as it comes and as PNG.
const (
	MaxLogoSide  = 512
	MaxLogoBytes = 256 << 10
)

// What is wrong with a logo.
var (
	// ErrLogoFormat: not a PNG, JPEG or GIF that can be decoded whole. SVG is refused, since it can carry script.
	ErrLogoFormat = errors.New("brand: logo is not a readable PNG, JPEG or GIF")
	// ErrLogoBytes: more than MaxLogoBytes, as it came or as PNG. Fewer colours or fewer pixels help.
	ErrLogoBytes = errors.New("brand: logo has more than 256 KiB")
	// ErrLogoSide: no pixels, or more than MaxLogoSide a side.
	ErrLogoSide = errors.New("brand: logo is larger than 512 by 512 pixels")
)

// Logo is a picture that this package wrote itself, so nothing but pixels is in it. Made by DecodeLogo; immutable.
type Logo struct {
	png           []byte
	width, height int
	hash          string
}

// DecodeLogo reads a PNG, a JPEG or the first picture of a GIF and writes it anew as PNG, which drops metadata and whatever hides behind
// the picture. The size is looked at before the pixels are. Errors: ErrLogoFormat, ErrLogoBytes, ErrLogoSide.
func DecodeLogo(raw []byte) (*Logo, error) {
	if len(raw) > MaxLogoBytes {
		return nil, ErrLogoBytes
	}
	head, _, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogoFormat, err)
	}
	if head.Width < 1 || head.Height < 1 || head.Width > MaxLogoSide || head.Height > MaxLogoSide {
		return nil, ErrLogoSide
	}
	picture, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogoFormat, err)
	}
	out, err := encodePNG(picture)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogoFormat, err)
	}
	if len(out) > MaxLogoBytes {
		return nil, ErrLogoBytes
	}
	size := picture.Bounds().Size()
	return &Logo{png: out, width: size.X, height: size.Y, hash: Hash(out)}, nil
}

// encodePNG writes the pixels as they are, by a palette where that is smaller: every page carries the logo.
func encodePNG(picture image.Image) ([]byte, error) {
	var best []byte
	for _, form := range []image.Image{picture, paletted(picture)} {
		if form == nil {
			continue
		}
		var out bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&out, form); err != nil {
			return nil, err
		}
		if best == nil || out.Len() < len(best) {
			best = out.Bytes()
		}
	}
	return best, nil
}

// paletted returns the same picture with a palette, or nil where it has more colours than one holds, or finer ones.
func paletted(picture image.Image) image.Image {
	bounds := picture.Bounds()
	index := map[color.NRGBA]uint8{}
	img := image.NewPaletted(bounds, nil)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			given := picture.At(x, y)
			c, ok := color.NRGBAModel.Convert(given).(color.NRGBA)
			if !ok || !same(c, given) {
				return nil
			}
			i, known := index[c]
			if !known {
				if len(img.Palette) == 256 {
					return nil
				}
				i = uint8(len(img.Palette))
				index[c], img.Palette = i, append(img.Palette, c)
			}
			img.SetColorIndex(x, y, i)
		}
	}
	return img
}

func same(a, b color.Color) bool {
	ar, ag, ab, aa := a.RGBA()
	br, bg, bb, ba := b.RGBA()
	return ar == br && ag == bg && ab == bb && aa == ba
}

// PNG returns a copy of the picture's bytes.
func (l *Logo) PNG() []byte { return bytes.Clone(l.png) }

// Width returns the width in pixels.
func (l *Logo) Width() int { return l.width }

// Height returns the height in pixels.
func (l *Logo) Height() int { return l.height }

// Hash returns Hash of the PNG.
func (l *Logo) Hash() string { return l.hash }
