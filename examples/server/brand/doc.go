// Package brand is the white label of the reference server: what a chain calls itself, the host names it answers on, its colours,
// its logo and its links.
//
// A [Config] is data that a tenant may choose, so nothing in it reaches a page as it came. Colours are nudged until every pair that
// [Theme] promises can be read, fonts come from a list, logos are decoded and written anew, links are http(s) only, and there is no
// way to pass CSS or HTML through.
//
//	tenants, err := brand.ParseTenants(file, os.DirFS(dir))
//	registry, err := brand.NewRegistry(tenants...)
//	tenant, ok := registry.ByHost(r.Host)       // not ok: 421 Misdirected Request
//	css := brand.Theme(tenant)
//	etag := `"` + brand.Hash(css) + `"`
package brand
