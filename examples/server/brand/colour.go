package brand

import (
	"fmt"
	"math"
	"sort"
	"strconv"
)

// Colour is an opaque sRGB colour, 8 bits a channel.
type Colour struct{ R, G, B uint8 }

// ParseColour reads #rrggbb, in either case; no other form.
func ParseColour(s string) (Colour, error) {
	if len(s) != 7 || s[0] != '#' {
		return Colour{}, fmt.Errorf("brand: colour %q is not #rrggbb", s)
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return Colour{}, fmt.Errorf("brand: colour %q is not #rrggbb", s)
	}
	return Colour{uint8(n >> 16), uint8(n >> 8), uint8(n)}, nil
}

// String returns the colour as #rrggbb in lower case.
func (c Colour) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Contrast returns the WCAG 2 contrast ratio of two colours, 1 to 21, whichever comes first.
func Contrast(a, b Colour) float64 {
	la, lb := a.luminance(), b.luminance()
	if la < lb {
		la, lb = lb, la
	}
	return (la + 0.05) / (lb + 0.05)
}

// luminance is WCAG 2's relative luminance, 0 to 1.
func (c Colour) luminance() float64 {
	return 0.2126*linear[c.R] + 0.7152*linear[c.G] + 0.0722*linear[c.B]
}

// linear holds the light of each 8-bit value, and edges the light between each value and the next.
var linear, edges = func() (linear [256]float64, edges [255]float64) {
	for i := range linear {
		linear[i] = light(float64(i) / 255)
	}
	for i := range edges {
		edges[i] = light((float64(i) + 0.5) / 255)
	}
	return linear, edges
}()

// light undoes sRGB's transfer function.
func light(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// encode returns the 8-bit value nearest to the light, clamped.
func encode(light float64) uint8 { return uint8(sort.SearchFloat64s(edges[:], light)) }

// lms holds the cube roots of cone responses, the space behind OKLab. OKLab is a linear image of it, so a straight line here is a
// straight line there: mixing with black or white moves lightness and keeps the hue.
type lms [3]float64

func (c Colour) lms() lms {
	r, g, b := linear[c.R], linear[c.G], linear[c.B]
	return lms{
		math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b),
		math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b),
		math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b),
	}
}

func (p lms) colour() Colour {
	l, m, s := p[0]*p[0]*p[0], p[1]*p[1]*p[1], p[2]*p[2]*p[2]
	return Colour{
		encode(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		encode(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		encode(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
	}
}

// towards goes from p to q by the share t, 0 to 1, evenly to the eye.
func (p lms) towards(q lms, t float64) lms {
	for i := range p {
		p[i] += (q[i] - p[i]) * t
	}
	return p
}

// mix goes from a to b by the share t, 0 to 1.
func mix(a, b Colour, t float64) Colour { return a.lms().towards(b.lms(), t).colour() }

// nudgeSteps is how finely nudge looks: fine enough that the eye sees no jump.
const nudgeSteps = 256

// nudge returns the colour nearest to c on the way to the goal (black or white) that satisfies ok, and the goal where none does before.
func nudge(c, goal Colour, ok func(Colour) bool) Colour {
	if ok(c) {
		return c
	}
	p, q := c.lms(), goal.lms()
	at := func(i int) Colour { return p.towards(q, float64(i)/nudgeSteps).colour() }
	if i := sort.Search(nudgeSteps, func(i int) bool { return ok(at(i)) }); i < nudgeSteps {
		return at(i)
	}
	return goal
}
