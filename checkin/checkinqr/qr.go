// Package checkinqr draws check-in tokens as QR codes, for pages (SVG) and
// mails (PNG, since mail programs drop SVG).
//
// The codes are dark on white in every colour scheme: readers expect it. Draw
// the packed form of a token ([checkin.Token].Packed): it fits a code a third
// smaller than the JWT's, which reads from further away.
//
// [checkin.Token]: https://pkg.go.dev/github.com/petanque-life/venuekit/checkin#Token
package checkinqr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strconv"

	"github.com/boombuler/barcode/qr"
)

// quiet is the white margin around a code, in modules, as ISO/IEC 18004 asks.
const quiet = 4

// ErrTooLong is returned for a text that no QR code holds at level M.
var ErrTooLong = errors.New("checkinqr: text is too long")

// modules returns the code of text at level M, a pixel for each module.
func modules(text string) (image.Image, int, error) {
	// Auto takes the alphanumeric mode where the text allows it, as a packed
	// token does.
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrTooLong, err)
	}
	return code, code.Bounds().Dx(), nil
}

func dark(c color.Color) bool {
	r, _, _, _ := c.RGBA()
	return r < 0x8000
}

// Version returns the version (1 to 40) of the code that holds the text: its
// side is 17 + 4*version modules.
func Version(text string) (int, error) {
	_, side, err := modules(text)
	return (side - 17) / 4, err
}

// SVG returns the code as an SVG picture without styles or scripts, which
// scales to whatever box it stands in.
func SVG(text string) ([]byte, error) {
	code, side, err := modules(text)
	if err != nil {
		return nil, err
	}
	full := strconv.Itoa(side + 2*quiet)
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + full + ` ` + full + `" shape-rendering="crispEdges" role="img">` +
		`<path fill="#fff" d="M0 0h` + full + `v` + full + `H0z"/><path fill="#000" d="`)
	for y := range side {
		for x := 0; x < side; {
			run := 0
			for x+run < side && dark(code.At(x+run, y)) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, run, run)
			}
			x += max(run, 1)
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}

// PNG returns the code as a PNG picture with the given number of pixels to a
// module; 8 is good for mail.
func PNG(text string, scale int) ([]byte, error) {
	if scale < 1 || scale > 64 {
		return nil, fmt.Errorf("checkinqr: scale is %d, want 1 to 64", scale)
	}
	code, side, err := modules(text)
	if err != nil {
		return nil, err
	}
	full := (side + 2*quiet) * scale
	img := image.NewPaletted(image.Rect(0, 0, full, full), color.Palette{color.White, color.Black})
	for y := range side * scale {
		for x := range side * scale {
			if dark(code.At(x/scale, y/scale)) {
				img.SetColorIndex(x+quiet*scale, y+quiet*scale, 1)
			}
		}
	}
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
