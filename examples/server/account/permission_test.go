package account_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
)

func TestCan(t *testing.T) {
	t.Parallel()
	const owner, manager, host, support = account.RoleOwner, account.RoleManager, account.RoleHost, account.RoleSupport
	for name, tc := range map[string]struct {
		permission account.Permission
		who        []account.Role
	}{
		"the door is for hosts and those above":      {"checkin.scan", []account.Role{owner, manager, host}},
		"so is taking a scan back":                   {"checkin.undo", []account.Role{owner, manager, host}},
		"all see tonight":                            {"tonight.read", []account.Role{owner, manager, host, support}},
		"support changes no booking":                 {"tonight.write", []account.Role{owner, manager, host}},
		"hosts see no other day":                     {"bookings.read", []account.Role{owner, manager, support}},
		"managers book for any day":                  {"bookings.write", []account.Role{owner, manager}},
		"managers refund":                            {"refunds.write", []account.Role{owner, manager}},
		"hosts look nobody up":                       {"customers.read", []account.Role{owner, manager, support}},
		"owners alone export":                        {"customers.export", []account.Role{owner}},
		"owners alone erase":                         {"customers.erase", []account.Role{owner}},
		"support reads preferences":                  {"preferences.read", []account.Role{owner, manager, support}},
		"support changes preferences":                {"preferences.write", []account.Role{owner, support}},
		"support sends again":                        {"mail.resend", []account.Role{owner, manager, support}},
		"support reads rules":                        {"rules.read", []account.Role{owner, manager, support}},
		"managers write rules":                       {"rules.write", []account.Role{owner, manager}},
		"support reads flows":                        {"flows.read", []account.Role{owner, manager, support}},
		"managers write flows":                       {"flows.write", []account.Role{owner, manager}},
		"hosts see no figures":                       {"analytics.read", []account.Role{owner, manager, support}},
		"hosts see no devices":                       {"devices.read", []account.Role{owner, manager, support}},
		"owners alone enrol devices":                 {"devices.write", []account.Role{owner}},
		"owners alone make keys":                     {"keys.write", []account.Role{owner}},
		"owners alone give roles":                    {"operators.write", []account.Role{owner}},
		"owners alone read the audit list":           {"audit.read", []account.Role{owner}},
		"what isn't a permission isn't granted":      {"everything", nil},
		"the empty permission isn't granted to them": {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var who []account.Role
			for _, r := range []account.Role{owner, manager, host, support, "", "root"} {
				if account.Can(r, tc.permission) {
					who = append(who, r)
				}
			}
			require.Equal(t, tc.who, who)
		})
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	require.Len(t, account.Permissions(account.RoleOwner), 23)
	require.Equal(t, []account.Permission{"checkin.scan", "checkin.undo", "tonight.read", "tonight.write"}, account.Permissions(account.RoleHost))
	require.Empty(t, account.Permissions("root"))
}
