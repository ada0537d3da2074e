package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/petanque-life/venuekit/examples/server/booking"
)

// person is a guest.
type person struct {
	name, email, language string
	from, until           time.Time // when they come at all
}

var plain = strings.NewReplacer("å", "a", "ä", "a", "ö", "o", "é", "e", "Å", "A", "Ä", "A", "Ö", "O", " ", ".", "'", "")

func emailOf(name, domain string) string {
	return strings.ToLower(plain.Replace(name)) + "@" + domain
}

// crowd invents n people, none with an address that is taken. Each fifth speaks
// the other language; some come only later, and some have stayed away since.
func crowd(rng *rand.Rand, n int, language string, from, until time.Time, taken map[string]bool) []person {
	span := int(until.Sub(from) / time.Hour)
	people := make([]person, n)
	for i := range people {
		p := person{language: language, from: from, until: until}
		if rng.IntN(5) == 0 {
			p.language = map[string]string{"sv": "en", "en": "sv"}[language]
		}
		names := namesIn[p.language]
		p.name = names.first[rng.IntN(len(names.first))] + " " + names.last[rng.IntN(len(names.last))]
		domain := []string{"example.com", "example.org"}[rng.IntN(2)]
		p.email = emailOf(p.name, domain)
		for again := 2; taken[p.email]; again++ {
			p.email = emailOf(fmt.Sprint(p.name, again), domain)
		}
		taken[p.email] = true
		if i > 0 && rng.IntN(3) > 0 { // somebody comes from the first day to the last
			p.from = from.Add(time.Duration(rng.IntN(span)) * time.Hour)
		}
		if i > 0 && rng.IntN(4) == 0 {
			p.until = p.from.Add(time.Duration(rng.IntN(span)) * time.Hour)
		}
		people[i] = p
	}
	return people
}

// company is a chain's guests and the evenings on which they are out already:
// nobody plays in two places at once.
type company struct {
	guests []person
	out    map[evening]bool
}

type evening struct {
	guest string
	day   booking.Date
}

// pick chooses somebody for a time; the front of the list comes far more often.
// When all it tries are out, the last one goes out again.
func (c *company) pick(rng *rand.Rand, at time.Time, day booking.Date) string {
	for try := 0; ; try++ {
		g := c.guests[int(float64(len(c.guests))*math.Pow(rng.Float64(), 1.8))]
		e := evening{g.email, day}
		if at.Before(g.from) || !at.Before(g.until) || c.out[e] && try < 40 {
			continue
		}
		c.out[e] = true
		return g.email
	}
}

var namesIn = map[string]struct{ first, last []string }{
	"sv": {
		strings.Fields(`Alva Alice Anders Anton Arvid Astrid Axel Björn Cecilia Daniel Ebba Edvin Elin Ellen Elsa Emil Emma Erik
			Fredrik Freja Gustav Hanna Hedda Helena Hugo Ida Ingrid Isak Jakob Johan Josefin Karin Klara Lars Leo Linnea Liv
			Lovisa Lukas Malin Maria Märta Mikael Moa Nils Nora Olle Oskar Petra Robin Sanna Sara Selma Simon Sofia Stina
			Sven Tilda Tobias Tyra Ulrika Viktor Wilma Åke Åsa Örjan Amina Omar Leila Mehmet`),
		strings.Fields(`Ahlgren Alm Andersson Bengtsson Berglund Björk Blom Boström Dahl Eklund Ekström Engström Eriksson Falk
			Forsberg Fransson Granath Grönlund Gustafsson Hallberg Hansson Hedlund Henriksson Holm Håkansson Isaksson
			Jakobsson Jansson Johansson Karlsson Kjellgren Larsson Lind Lindahl Lindberg Lundgren Löfgren Magnusson Mattsson
			Molin Nilsson Norberg Nyström Nordin Olofsson Palm Pettersson Rask Rydberg Sandberg Sjögren Skoglund Stenberg
			Ström Svensson Söderholm Törnqvist Vallin Vikström Wallgren Åberg Åkesson Öhman Haddad Yilmaz Nowak`),
	},
	"en": {
		strings.Fields(`Abigail Adam Aisha Alfie Amelia Andrew Arthur Beatrice Ben Bethany Callum Charlotte Chloe Colin Daisy
			Daniel Eleanor Elliot Emily Ethan Faye Finlay Florence Freddie George Georgia Grace Hannah Harry Hazel Henry
			Holly Hugh Isla Jack James Jasmine Joseph Kate Laura Leo Lily Louis Lucy Martha Matilda Max Megan Mohammed
			Nathan Neil Nina Olivia Oliver Owen Phoebe Poppy Priya Rachel Ravi Rosie Rory Ruby Samir Sophie Stella Theo
			Thomas Toby Violet Will Zara`),
		strings.Fields(`Abbott Ainsworth Armitage Atkins Bagshaw Barlow Bennett Birch Blackwell Bramley Brooks Burgess Carter
			Chadwick Clarke Cooper Cotton Crabtree Davies Dawson Dunn Ellis Farrow Fletcher Garside Gibbons Goodwin Greaves
			Hale Harding Hargreaves Hobbs Hughes Ingham Jarvis Kaur Kendrick Khan Langley Lister Lowe Mason Moss Naylor
			Okafor Osborne Parry Patel Pickering Pritchard Quinn Radcliffe Reid Rowntree Sharma Shaw Slater Sutton Talbot
			Thorne Turner Tyrell Wainwright Walsh Whitlock Wilkes Winstanley Yates`),
	},
}
