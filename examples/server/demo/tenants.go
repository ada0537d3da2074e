package demo

import (
	"fmt"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

// The tenants of the demo.
const (
	klotet    = "klotet"    // Stockholm and Göteborg, SEK
	tumblepin = "tumblepin" // London, GBP
)

// hostOf returns the host name of a tenant: browsers and most resolvers take
// every name below localhost for the machine itself.
func hostOf(tenantID string) string { return tenantID + ".localhost" }

// Tenants returns the white label of the demo's two chains, whose pages are
// reached at port.
func Tenants(port string) []brand.Config {
	tenants := []brand.Config{
		{
			ID: klotet, Name: "Klotet", Languages: []string{"sv", "en"}, Currency: "SEK",
			Colours: brand.Colours{Accent: "#0f6b5c", Secondary: "#e0972f", Surface: "#f5efe4"},
			Font:    brand.FontRounded,
			Logo:    bouleLogo(),
			Contact: brand.Contact{Email: "hej@example.com", Phone: "+46 8 465 004 12"},
		},
		{
			ID: tumblepin, Name: "Tumblepin", Languages: []string{"en", "sv"}, Currency: "GBP",
			Colours: brand.Colours{Accent: "#8a2f4b", Secondary: "#2f6f8f", Surface: "#f6f0f1"},
			Font:    brand.FontHumanist,
			Logo:    skittleLogo(),
			Contact: brand.Contact{Email: "hello@example.org", Phone: "+44 20 7946 0157"},
		},
	}
	for i := range tenants {
		t := &tenants[i]
		t.Hosts = []string{hostOf(t.ID)}
		t.Origin = fmt.Sprintf("http://%s:%s", hostOf(t.ID), port)
		t.Links = brand.Links{
			Terms:   fmt.Sprintf("https://example.com/%s/terms", t.ID),
			Privacy: fmt.Sprintf("https://example.com/%s/privacy", t.ID),
		}
		t.MailSender = fmt.Sprintf("%s <%s>", t.Name, t.Contact.Email)
	}
	return tenants
}
