// Package web draws the pages of the reference server: sign-in, the customer's
// account, booking, and the staff's console.
//
// Every page is HTML from a template and works without JavaScript; modules
// below static make it quicker, never possible. There is one renderer of a
// thing: what a module fetches is a part of the same template.
//
//	site, err := web.New(web.Config{Tenants: tenants, Accounts: accounts, ...})
//	e, err := edge.New(edge.Config{..., Fail: site.Fail, NoTenant: site.NoTenant()})
//	mux.Handle("/", site.Handler())      // and e.Wrap(mux) around it all
//
// # Adding a page
//
// A page is a file templates/<name>.html that defines "title" and "main", and
// "head" where it has modules of its own; its dot is a [view], with what the
// handler gave as .Data. Its handler returns errors, which become the error
// pages, and is added to the routes in site.go:
//
//	s.page(mux, "GET /account/bookings", s.customer(s.bookings))
//
// Texts come from package text, by the template function t. Styles are the
// building blocks that static/app.css names at its head; the colours are the
// tenant's theme.
package web
