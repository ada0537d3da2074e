package brand

import "slices"

// Config is the white label of one tenant. Made by hand or by [ParseTenants]; [Config.Validate] says everything that is wrong with it.
type Config struct {
	// ID is the tenant's id: 1..63 lower-case letters, digits and inner hyphens, so that it can stand before the dot of a credential.
	ID string `json:"id" validate:"required,tenantid"`
	// Name is what the chain calls itself, 1..80 characters on one line.
	Name string `json:"name" validate:"required,max=80,line"`
	// Hosts are the exact, lower-case host names of the tenant, without port, such as "klotet.localhost". No wildcards, no addresses.
	Hosts []string `json:"hosts" validate:"required,min=1,max=16,unique,dive,hostname_plain"`
	// Origin is the base of every absolute link: scheme, one of Hosts, and a port where it isn't the scheme's own. No path, no last slash.
	Origin string `json:"origin" validate:"required,max=300,origin"`
	// Languages are those offered, of "sv" and "en"; the first is the default.
	Languages []string `json:"languages" validate:"required,min=1,unique,dive,oneof=sv en"`
	// Currency is the ISO 4217 code that the chain's prices are in.
	Currency string `json:"currency" validate:"required,iso4217"`
	// Colours are the chain's own; see Theme for what becomes of them.
	Colours Colours `json:"colours"`
	// Font is one of the list; default FontSystem.
	Font Font `json:"font,omitempty" validate:"omitempty,oneof=system rounded serif humanist"`
	// LogoFile names the logo in the file system given to ParseTenants. Not read afterwards.
	LogoFile string `json:"logo,omitempty" validate:"omitempty,max=300"`
	// Logo is the picture itself; nil shows the name in letters.
	Logo *Logo `json:"-" validate:"-"`
	// Links are the legal pages in the footer.
	Links Links `json:"links"`
	// Contact is shown in the footer and in mails.
	Contact Contact `json:"contact"`
	// MailSender is the From of every mail: "Klotet <hej@klotet.example>", or the bare address.
	MailSender string `json:"mail_sender" validate:"required,max=300,mailbox"`
}

// Colours are written #rrggbb. Only Accent is required.
type Colours struct {
	// Accent fills buttons and, made readable, colours links.
	Accent string `json:"accent" validate:"required,rgb24"`
	// Secondary fills what stands beside the accent; default: the accent's hue, greyed.
	Secondary string `json:"secondary,omitempty" validate:"omitempty,rgb24"`
	// Surface tints the page, as a pale shade in light and a deep one in dark; default: neutral.
	Surface string `json:"surface,omitempty" validate:"omitempty,rgb24"`
}

// Links are absolute http(s) addresses; empty leaves the link out.
type Links struct {
	Terms   string `json:"terms,omitempty" validate:"omitempty,max=500,weblink"`
	Privacy string `json:"privacy,omitempty" validate:"omitempty,max=500,weblink"`
}

// Contact is how guests reach the chain; empty leaves the line out.
type Contact struct {
	Email string `json:"email,omitempty" validate:"omitempty,max=254,email"`
	// Phone is in international form, written as it is to be shown: "+46 8 123 456 78".
	Phone string `json:"phone,omitempty" validate:"omitempty,phone"`
}

// Font names a stack of fonts that devices already have; none is ever fetched.
type Font string

// The fonts to choose from.
const (
	FontSystem   Font = "system"
	FontRounded  Font = "rounded"
	FontSerif    Font = "serif"
	FontHumanist Font = "humanist"
)

// stack returns the CSS value; an unknown font is the system's.
func (f Font) stack() string {
	switch f {
	case FontRounded:
		return `ui-rounded,"SF Pro Rounded","Hiragino Maru Gothic ProN",Nunito,Quicksand,"Arial Rounded MT Bold",system-ui,sans-serif`
	case FontSerif:
		return `"Iowan Old Style",Charter,"Palatino Linotype","URW Palladio L",P052,Georgia,serif`
	case FontHumanist:
		return `Seravek,"Gill Sans Nova",Ubuntu,Calibri,Candara,"DejaVu Sans",sans-serif`
	default:
		return `system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif`
	}
}

// Language returns the default language, or "en" for a Config that names none.
func (c Config) Language() string {
	if len(c.Languages) == 0 {
		return "en"
	}
	return c.Languages[0]
}

// Speaks reports whether the tenant offers the language.
func (c Config) Speaks(lang string) bool { return slices.Contains(c.Languages, lang) }

// URL returns the absolute address of a path of the tenant, which begins with a slash.
func (c Config) URL(path string) string { return c.Origin + path }
