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
//     does, and once. A newer link kills the older ones.
//   - Guessing who has an account: RequestLink does the same work and gives the
//     outside the same answer for every address.
//   - Flooding: links are limited per client first and per address second, so
//     that a client that is refused can't use up somebody else's addresses. Who
//     commands many clients can still keep one address from links, for as long
//     as the limit's hour lasts.
//   - Two addresses that look alike: addresses are the same only when they differ
//     in case, and letters that turn into ASCII by changing case are refused.
//   - A role taken away: sessions read the role as it is now, and a change of it
//     ends them.
package account
