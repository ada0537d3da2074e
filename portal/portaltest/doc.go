// Package portaltest holds the contract of [portal.Bookings] against a host's
// own source, and has a source in memory for the tests of hosts.
//
// A host writes one test, with a [Harness] that puts bookings into its tables:
//
//	func TestBookings(t *testing.T) {
//		portaltest.TestBookings(t, func(t testing.TB) portaltest.Harness {
//			db := openTestDatabase(t)
//			return portaltest.Harness{
//				Bookings: mybookings.New(db),
//				Put: func(t testing.TB, owner portal.CustomerKey, b portal.Booking) portal.Booking {
//					insert(t, db, owner, b)
//					return b
//				},
//			}
//		})
//	}
//
// The package imports testing and belongs into tests only.
package portaltest
