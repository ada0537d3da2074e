package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"sync"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

// logoSide is the logos' width and height in pixels: sharp at twice the size
// that a header shows.
const logoSide = 160

// shades are the steps between a shape and what is around it: enough to look
// smooth, and few enough that a palette holds all of a logo's colours.
const shades = 8

// shape is the signed distance of a point to an outline, negative inside. The
// picture goes from -1 to 1 both ways, y downwards.
type shape func(x, y float64) float64

func circle(cx, cy, r float64) shape {
	return func(x, y float64) float64 { return math.Hypot(x-cx, y-cy) - r }
}

// capsule is a line from (cx, y0) down to (cx, y1) whose half width goes from
// r0 to r1.
func capsule(cx, y0, y1, r0, r1 float64) shape {
	return func(x, y float64) float64 {
		at := min(max((y-y0)/(y1-y0), 0), 1)
		return math.Hypot(x-cx, y-y0-at*(y1-y0)) - (r0 + at*(r1-r0))
	}
}

func ring(of shape, width float64) shape {
	return func(x, y float64) float64 { return math.Abs(of(x, y)) - width/2 }
}

func union(shapes ...shape) shape {
	return func(x, y float64) float64 {
		d := math.Inf(1)
		for _, s := range shapes {
			d = min(d, s(x, y))
		}
		return d
	}
}

func both(a, b shape) shape {
	return func(x, y float64) float64 { return max(a(x, y), b(x, y)) }
}

// layer is a shape in a colour.
type layer struct {
	shape shape
	fill  color.NRGBA
}

// paint draws the layers over one another on nothing, with smooth edges.
func paint(layers ...layer) *brand.Logo {
	const pixel = 2.0 / logoSide
	img := image.NewNRGBA(image.Rect(0, 0, logoSide, logoSide))
	for py := range logoSide {
		for px := range logoSide {
			x, y := (float64(px)+0.5)*pixel-1, (float64(py)+0.5)*pixel-1
			var r, g, b, a float64 // not multiplied by a
			for _, l := range layers {
				cover := math.Round(min(max(0.5-l.shape(x, y)/pixel, 0), 1)*shades) / shades
				if cover == 0 {
					continue
				}
				under := a * (1 - cover)
				a = cover + under
				mix := func(below float64, above uint8) float64 { return (float64(above)*cover + below*under) / a }
				r, g, b = mix(r, l.fill.R), mix(g, l.fill.G), mix(b, l.fill.B)
			}
			img.SetNRGBA(px, py, color.NRGBA{uint8(r + 0.5), uint8(g + 0.5), uint8(b + 0.5), uint8(a*255 + 0.5)})
		}
	}
	var raw bytes.Buffer
	if err := png.Encode(&raw, img); err != nil {
		panic(err) // a picture of these pixels always fits
	}
	logo, err := brand.DecodeLogo(raw.Bytes())
	if err != nil {
		panic(err) // it was encoded above
	}
	return logo
}

// bouleLogo is a grooved boule with the jack before it.
var bouleLogo = sync.OnceValue(func() *brand.Logo {
	boule := circle(-0.1, -0.08, 0.8)
	groove := func(r float64) shape { return both(ring(circle(-0.85, -0.8, r), 0.07), circle(-0.1, -0.08, 0.66)) }
	jack := circle(0.62, 0.62, 0.3)
	return paint(
		layer{boule, color.NRGBA{0x0f, 0x6b, 0x5c, 0xff}},
		layer{union(groove(0.8), groove(1), groove(1.2)), color.NRGBA{0xf5, 0xef, 0xe4, 0xff}},
		layer{circle(0.62, 0.62, 0.38), color.NRGBA{0xff, 0xff, 0xff, 0xff}},
		layer{jack, color.NRGBA{0xe0, 0x97, 0x2f, 0xff}},
	)
})

// skittleLogo is a skittle with two bands round its neck, on a disc.
var skittleLogo = sync.OnceValue(func() *brand.Logo {
	pin := union(
		circle(0, -0.52, 0.2),
		capsule(0, -0.5, -0.12, 0.15, 0.17),
		capsule(0, -0.1, 0.28, 0.15, 0.32),
		capsule(0, 0.28, 0.55, 0.32, 0.22),
	)
	band := func(y float64) shape {
		return both(pin, func(_, py float64) float64 { return math.Abs(py-y) - 0.04 })
	}
	return paint(
		layer{circle(0, 0, 0.96), color.NRGBA{0x8a, 0x2f, 0x4b, 0xff}},
		layer{pin, color.NRGBA{0xff, 0xfa, 0xf2, 0xff}},
		layer{union(band(-0.26), band(-0.12)), color.NRGBA{0x2f, 0x6f, 0x8f, 0xff}},
	)
})
