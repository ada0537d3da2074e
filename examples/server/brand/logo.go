package brand

import (
	"bytes"
	"errors"
	"fmt"
	"image"
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
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, picture); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLogoFormat, err)
	}
	if out.Len() > MaxLogoBytes {
		return nil, ErrLogoBytes
	}
	size := picture.Bounds().Size()
	return &Logo{png: out.Bytes(), width: size.X, height: size.Y, hash: Hash(out.Bytes())}, nil
}

// PNG returns a copy of the picture's bytes.
func (l *Logo) PNG() []byte { return bytes.Clone(l.png) }

// Width returns the width in pixels.
func (l *Logo) Width() int { return l.width }

// Height returns the height in pixels.
func (l *Logo) Height() int { return l.height }

// Hash returns Hash of the PNG.
func (l *Logo) Hash() string { return l.hash }
