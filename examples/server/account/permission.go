package account

import "slices"

// Role is what an operator or an API key is to the chain.
type Role string

// The roles, from the one that may do everything.
const (
	RoleOwner   Role = "owner"   // everything, at every venue
	RoleManager Role = "manager" // runs its own venues
	RoleHost    Role = "host"    // works tonight, at its own venues
	RoleSupport Role = "support" // reads, changes preferences, sends mails again
)

var roles = []Role{RoleOwner, RoleManager, RoleHost, RoleSupport}

func (r Role) valid() bool { return slices.Contains(roles, r) }

// Permission names something that staff do. Where it concerns a venue, it holds
// for the operator's own ones only, which the caller checks.
type Permission string

// The permissions.
const (
	CheckinScan      Permission = "checkin.scan"      // scan a booking in, by token or reference
	CheckinUndo      Permission = "checkin.undo"      // take a scan back
	TonightRead      Permission = "tonight.read"      // see the bookings of the service day
	TonightWrite     Permission = "tonight.write"     // take walk-ins and change bookings of the service day
	BookingsRead     Permission = "bookings.read"     // see bookings of any day
	BookingsWrite    Permission = "bookings.write"    // book and change for any day
	RefundsWrite     Permission = "refunds.write"     // refund, waive a fee
	CustomersRead    Permission = "customers.read"    // find customers
	CustomersExport  Permission = "customers.export"  // take personal data out
	CustomersErase   Permission = "customers.erase"   // erase or merge customers
	PreferencesRead  Permission = "preferences.read"  // see what a customer agreed to
	PreferencesWrite Permission = "preferences.write" // change it on their word
	MailResend       Permission = "mail.resend"       // send a confirmation again
	RulesRead        Permission = "rules.read"        // see upsell rules
	RulesWrite       Permission = "rules.write"       // change them
	FlowsRead        Permission = "flows.read"        // see marketing flows
	FlowsWrite       Permission = "flows.write"       // change and run them
	AnalyticsRead    Permission = "analytics.read"    // see figures
	DevicesRead      Permission = "devices.read"      // see devices and their alerts
	DevicesWrite     Permission = "devices.write"     // enrol and revoke devices
	KeysWrite        Permission = "keys.write"        // make and revoke API and signing keys
	OperatorsWrite   Permission = "operators.write"   // add operators, change roles
	AuditRead        Permission = "audit.read"        // see who did what
)

// granted lists the permissions of each role but the owner's, which are all.
var granted = map[Role][]Permission{
	RoleHost: {CheckinScan, CheckinUndo, TonightRead, TonightWrite},
	RoleSupport: {
		TonightRead, BookingsRead, CustomersRead, PreferencesRead, PreferencesWrite, MailResend, RulesRead, FlowsRead,
		AnalyticsRead, DevicesRead,
	},
	RoleManager: {
		CheckinScan, CheckinUndo, TonightRead, TonightWrite, BookingsRead, BookingsWrite, RefundsWrite, CustomersRead,
		PreferencesRead, MailResend, RulesRead, RulesWrite, FlowsRead, FlowsWrite, AnalyticsRead, DevicesRead,
	},
}

var permissions = []Permission{
	CheckinScan, CheckinUndo, TonightRead, TonightWrite, BookingsRead, BookingsWrite, RefundsWrite, CustomersRead,
	CustomersExport, CustomersErase, PreferencesRead, PreferencesWrite, MailResend, RulesRead, RulesWrite, FlowsRead,
	FlowsWrite, AnalyticsRead, DevicesRead, DevicesWrite, KeysWrite, OperatorsWrite, AuditRead,
}

// Can reports whether a role has a permission. An unknown role has none, an
// unknown permission nobody.
func Can(role Role, p Permission) bool {
	if role == RoleOwner {
		return slices.Contains(permissions, p)
	}
	return slices.Contains(granted[role], p)
}

// Permissions returns the permissions of a role, in their order.
func Permissions(role Role) []Permission {
	return slices.DeleteFunc(slices.Clone(permissions), func(p Permission) bool { return !Can(role, p) })
}
