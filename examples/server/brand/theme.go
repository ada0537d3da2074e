package brand

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// The least contrast ratios, of WCAG 2.2's success criteria 1.4.3 (text) and 1.4.11 (borders of controls, focus rings).
const (
	MinText    = 4.5
	MinNonText = 3.0
)

var (
	black = Colour{0, 0, 0}
	white = Colour{255, 255, 255}
	// inkDark and inkLight are the two inks for filled areas.
	inkDark  = Colour{0x14, 0x16, 0x1a}
	inkLight = white
)

// Fill is an area filled with a colour, and what goes with it.
type Fill struct {
	Fill  Colour // the area
	Hover Colour // the area under a pointer, moved away from Ink
	Ink   Colour // text on Fill and on Hover: MinText
	Text  Colour // the same hue as text on any ground: MinText
	Line  Colour // the same hue as a border on any ground: MinNonText
}

// Palette holds the colours of one scheme, light or dark. Page, Card and Soft are its grounds: each colour called text may stand on
// each of them with MinText, each called line or ring with MinNonText.
type Palette struct {
	Page, Card Colour // grounds: of the page; of what lies on it
	Soft       Colour // ground tinted by the accent: a chosen row, a notice
	Ink        Colour // text
	InkSoft    Colour // text of less weight
	Rule       Colour // a decorative line, with no promise
	Control    Colour // line around inputs and quiet buttons
	Focus      Colour // focus ring

	Accent, Secondary Fill
	Good, Warn, Bad   Fill // verdicts and messages: the same hues for every tenant
}

// Palettes derives the light and the dark scheme from a tenant's colours. A colour that doesn't parse counts as not given, a missing
// accent as a calm blue. The same Config always gives the same colours.
func Palettes(c Config) (light, dark Palette) {
	accent := colourOr(c.Colours.Accent, Colour{0x1f, 0x5f, 0xbf})
	secondary := colourOr(c.Colours.Secondary, mix(accent, Colour{0x77, 0x77, 0x77}, 0.7))
	surface, err := ParseColour(c.Colours.Surface)
	tinted := err == nil

	light.Page, light.Card = Colour{0xf6, 0xf6, 0xf7}, white
	dark.Page, dark.Card = Colour{0x13, 0x15, 0x18}, Colour{0x1d, 0x20, 0x24}
	if tinted {
		light.Page = nudge(surface, white, func(c Colour) bool { return c.luminance() >= 0.85 })
		light.Card = mix(light.Page, white, 0.6)
		dark.Page = nudge(surface, black, func(c Colour) bool { return c.luminance() <= 0.009 })
		dark.Card = mix(dark.Page, white, 0.05)
	}
	light.Soft, dark.Soft = mix(light.Page, accent, 0.12), mix(dark.Page, accent, 0.2)
	light.derive(accent, secondary, black)
	dark.derive(accent, secondary, white)
	return light, dark
}

// derive fills in everything but the grounds. The goal is the far end from them: black in light, white in dark.
func (p *Palette) derive(accent, secondary, goal Colour) {
	p.Ink = p.onGrounds(mix(p.Page, goal, 0.82), goal, MinText)
	p.InkSoft = p.onGrounds(mix(p.Page, goal, 0.55), goal, MinText)
	p.Rule = mix(p.Page, goal, 0.13)
	p.Control = p.onGrounds(mix(p.Page, goal, 0.35), goal, MinNonText)
	p.Focus = p.onGrounds(accent, goal, MinNonText)
	p.Accent, p.Secondary = p.fill(accent, goal), p.fill(secondary, goal)
	p.Good = p.fill(Colour{0x1a, 0x7f, 0x45}, goal)
	p.Warn = p.fill(Colour{0xf0, 0xb4, 0x29}, goal)
	p.Bad = p.fill(Colour{0xb4, 0x23, 0x2b}, goal)
}

func (p *Palette) fill(c, goal Colour) Fill {
	ink, away := inkLight, black
	if Contrast(c, inkDark) > Contrast(c, inkLight) {
		ink, away = inkDark, white
	}
	// Neither ink reaches the ratio on some middle tones, so the area gives way too.
	area := nudge(c, away, func(c Colour) bool { return Contrast(c, ink) >= MinText })
	return Fill{
		Fill:  area,
		Hover: nudge(mix(area, away, 0.1), away, func(c Colour) bool { return Contrast(c, ink) >= MinText }),
		Ink:   ink,
		Text:  p.onGrounds(c, goal, MinText),
		Line:  p.onGrounds(area, goal, MinNonText),
	}
}

// onGrounds nudges c towards the goal until it reaches the ratio on every ground.
func (p *Palette) onGrounds(c, goal Colour, ratio float64) Colour {
	return nudge(c, goal, func(c Colour) bool {
		return Contrast(c, p.Page) >= ratio && Contrast(c, p.Card) >= ratio && Contrast(c, p.Soft) >= ratio
	})
}

func colourOr(s string, fallback Colour) Colour {
	if c, err := ParseColour(s); err == nil {
		return c
	}
	return fallback
}

// Theme returns the tenant's style sheet: custom properties on :root and, for shadow roots, :host; the dark ones under
// prefers-color-scheme. The same Config gives the same bytes. The names, with their fields of Palette:
//
//	--page --card --soft                                    grounds
//	--ink --ink-soft --rule --control --focus
//	--accent --accent-hover --accent-ink --accent-text --accent-line
//	--secondary…  --good…  --warn…  --bad…                  the same five each
//	--font                                                  font-family
func Theme(c Config) []byte {
	light, dark := Palettes(c)
	var b bytes.Buffer
	b.WriteString(":root,:host{--font:" + c.Font.stack() + ";")
	light.writeTo(&b)
	b.WriteString("}\n@media (prefers-color-scheme:dark){:root,:host{")
	dark.writeTo(&b)
	b.WriteString("}}\n")
	return b.Bytes()
}

func (p Palette) writeTo(b *bytes.Buffer) {
	property := func(name string, c Colour) { fmt.Fprintf(b, "--%s:%s;", name, c) }
	property("page", p.Page)
	property("card", p.Card)
	property("soft", p.Soft)
	property("ink", p.Ink)
	property("ink-soft", p.InkSoft)
	property("rule", p.Rule)
	property("control", p.Control)
	property("focus", p.Focus)
	fill := func(name string, f Fill) {
		property(name, f.Fill)
		property(name+"-hover", f.Hover)
		property(name+"-ink", f.Ink)
		property(name+"-text", f.Text)
		property(name+"-line", f.Line)
	}
	fill("accent", p.Accent)
	fill("secondary", p.Secondary)
	fill("good", p.Good)
	fill("warn", p.Warn)
	fill("bad", p.Bad)
}

// Hash returns 16 hex digits of the content's SHA-256: an ETag between quotes, or the part of an address that changes with the content.
func Hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:8])
}
