package demo

import "slices"

// The roles of the demo's accounts: a customer, or what an operator is.
const (
	RoleCustomer = "customer"
	RoleOwner    = "owner"
	RoleManager  = "manager"
	RoleHost     = "host"
	RoleSupport  = "support"
)

// The notes of customers, each of whom both chains have.
const (
	// NoteManyBookings has more than 220 bookings behind them.
	NoteManyBookings = "many-bookings"
	// NoteTwoVisitsFromGold has 3 visits, where gold begins at 5. Klotet counts a
	// visit for each lane: an evening on one lane and last month's on two, for
	// four with food. Tumblepin counts bookings: three of them, last month's the
	// same. One more booking, on one lane, is coming up.
	NoteTwoVisitsFromGold = "two-visits-from-gold"
	// NoteBookingTonight has a confirmed booking of a lane that can be checked
	// in at the moment of making, and nothing else to come.
	NoteBookingTonight = "booking-tonight"
	// NoteNewCustomer has no bookings.
	NoteNewCustomer = "new-customer"
)

// Account is somebody who can sign in to the demo.
type Account struct {
	TenantID string
	Host     string // name, without port
	Role     string // RoleCustomer, or an operator's role
	Email    string
	Note     string // what is special; for operators the venue they work at

	name   string
	venues []string
}

// Accounts returns who can sign in, always the same in the same order. Of a
// tenant's managers and hosts the first work where NoteBookingTonight plays.
func Accounts() []Account {
	return slices.Concat(
		accountsOf(klotet, "example.com", [2]string{soder, majorna}, map[string]string{
			RoleOwner: "Agneta Rosenqvist", RoleManager + "0": "Farid Östberg", RoleManager + "1": "Signe Hellgren",
			RoleHost + "0": "Tuva Sjöholm", RoleHost + "1": "Melker Ahlin", RoleSupport: "Yasmin Norell",
			NoteManyBookings: "Vera Sundin", NoteTwoVisitsFromGold: "Elis Brandt",
			NoteBookingTonight: "Maja Ekdahl", NoteNewCustomer: "Noel Tegnér",
		}),
		accountsOf(tumblepin, "example.org", [2]string{ropeStreet, canalYard}, map[string]string{
			RoleOwner: "Harriet Penhaligon", RoleManager + "0": "Dev Ashcombe", RoleManager + "1": "Moira Thistleton",
			RoleHost + "0": "Callum Weatherby", RoleHost + "1": "Priya Holloway", RoleSupport: "Rowan Stubbs",
			NoteManyBookings: "Edith Marlowe", NoteTwoVisitsFromGold: "Oscar Fenwick",
			NoteBookingTonight: "Imogen Hartley", NoteNewCustomer: "Felix Underhill",
		}),
	)
}

// accountsOf returns the accounts of a tenant. Names are by role, with the
// venue's place where there are two, or by note.
func accountsOf(tenantID, domain string, venues [2]string, names map[string]string) []Account {
	operator := func(role, local, name, note string, venues ...string) Account {
		return Account{tenantID, hostOf(tenantID), role, local + "@" + domain, note, name, venues}
	}
	list := []Account{operator(RoleOwner, "owner", names[RoleOwner], "every-venue")}
	for _, role := range []string{RoleManager, RoleHost} {
		for i, v := range venues {
			list = append(list, operator(role, role+"."+v, names[role+string(rune('0'+i))], "venue-"+v, v))
		}
	}
	list = append(list, operator(RoleSupport, "support", names[RoleSupport], "every-venue", venues[:]...))
	for _, note := range []string{NoteManyBookings, NoteTwoVisitsFromGold, NoteBookingTonight, NoteNewCustomer} {
		list = append(list, Account{
			TenantID: tenantID, Host: hostOf(tenantID), Role: RoleCustomer, Email: emailOf(names[note], domain), Note: note, name: names[note],
		})
	}
	return list
}
