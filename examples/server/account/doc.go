// Package account keeps who may use the reference server: customers, operators
// and their roles, sign-in links, sessions and API keys, on tables of its own.
// The packages of venuekit know none of it; the server guards their handlers
// with what it learns here.
//
//	token, ok, err := accounts.RequestLink(ctx, tenant, email, account.KindCustomer, clientAddr)
//	// if ok, mail the token to the address that Address(email) returns; answer the same in any case
//	email, kind, err := accounts.Peek(ctx, tenant, token)                            // the page that names the account
//	session, cookie, err := accounts.Redeem(ctx, tenant, token, now, clientAddr, ua) // its button
//	cookies.Set(w, cookie, session.ExpiresAt)
//	session, err = accounts.Lookup(ctx, tenant, cookies.Value(r))                    // every request from then on
//
// # Credentials
//
// The token of a link, the value of a cookie and an API key each hold 130
// random bits behind the tenant they are for, `<tenant>.<random>`, a key also
// `vk_` in front, for scanners of leaked secrets to find. A credential of
// another tenant or of another shape is refused before anything is read. Only
// SHA-256 hashes are stored, and each kind has a table of its own, so that none
// passes for another.
//
// # Threats
//
//   - A forwarded or scanned mail: following a link signs nobody in, only Redeem
//     does, and once. A newer link kills the older ones that the same client (address of
//     IPv4, network of IPv6) asked for.
//   - Guessing who has an account: RequestLink does the same work and gives the
//     outside the same answer for every address.
//   - Locking somebody out by asking for links in their name: what another client
//     asks for neither kills a link that lies in the mailbox nor uses up the
//     strict limit, which holds for an address and a client together. So a
//     mailbox may hold one good link for each client that asked, for 15 minutes;
//     all of them went to the address's owner.
//   - Flooding: a client is limited over all addresses, and is refused before it
//     counts against any. An address is limited over all clients by a high number,
//     over which no mail is sent and the answer stays the same. Who commands
//     several clients can still keep an address from links, for as long as the
//     limit's hour lasts; links that were sent stay good.
//   - Bookings in somebody else's name: they are limited by client and by address,
//     a name never replaces the one that is there, and names can't hold what makes
//     a link or an address.
//   - Two addresses that look alike: addresses are the same only when they differ
//     in case, and letters that turn into ASCII by changing case are refused.
//   - A role taken away: sessions read the role as it is now, and a change of it
//     ends them.
package account
