// Package portal is the customer's account: their bookings in three buckets,
// each with what may be done about it now, and a booking's own page.
//
// # The model
//
// The host's engine is the truth of bookings. The portal asks it through one
// small interface, [Bookings], and adds what every portal has to get right:
//
//   - Buckets. At any moment a booking is [Upcoming], [History] or [Cancelled],
//     and only one of them ([BucketOf]).
//   - Pages. A list is read by keyset: a cursor names the last booking seen and
//     the moment the list was opened, so that nothing is repeated or skipped
//     while bookings are made, end and are cancelled.
//   - Actions. Repeat, rebook, cancel and party size, each allowed until a
//     moment or not allowed for a reason ([Actions]).
//
// [Service] has the verbs; [Service.CustomerHandler] serves them over HTTP. For
// a program that draws its own pages the verbs are enough:
//
//	p, err := portal.New(portal.Sources{Bookings: mybookings}, portal.Config{})
//	...
//	page, err := p.List(ctx, customer, portal.ListRequest{Bucket: portal.Upcoming})
//	for _, v := range page.Items {
//		fmt.Println(v.StartsAt.In(v.Venue.Zone), v.Venue.Name, v.Actions)
//	}
//
// For one that doesn't, mount the handler and tell it who is signed in:
//
//	mux.Handle("/me/bookings", h) // h := p.CustomerHandler(portal.HandlerConfig{Identify: whoIsIt})
//	mux.Handle("/me/bookings/", h)
//
// Hold your own source against the contract with the package portaltest, which
// is one test of ten lines.
//
// The package keeps no state of its own: bookings are read from their source
// each time and belong to the host's own merge, export and erasure.
//
// # Transactions
//
// Everything here reads. There is nothing to join.
//
// # Threats
//
//   - Another's booking. The customer of every question comes from Identify and
//     from nowhere else, and is part of the question to the source. Another
//     customer's booking, another tenant's and none at all have the same answer,
//     byte for byte. A booking of another tenant that a faulty source returns is
//     refused; that it is this customer's is for the source alone to know.
//   - Forged cursors. A cursor isn't secret and isn't signed. Whoever makes one
//     up moves the start and the moment of their own list, and sees no booking
//     that they couldn't see anyway.
//   - Addresses. Whoever books under somebody else's address must not read their
//     bookings, nor they his: the source shows what is under a verified address.
//   - Caches. Answers are private and not to be stored.
//   - Names. Texts from the host are passed on as they are, in JSON under
//     nosniff. Whoever draws a page escapes them.
//   - Offers. What [Actions] allows is what the page shows, not a permission:
//     whoever carries an action out checks it again.
//
// Limits on how often a customer may ask are the host's, as are sessions, CORS
// and the guard before the mount.
package portal
