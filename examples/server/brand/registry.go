package brand

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Registry finds tenants by host name and by id. Immutable, and so safe for concurrent use; its Configs share memory and are to be read only.
type Registry struct {
	tenants []Config // by id
	byHost  map[string]int
}

// NewRegistry checks the tenants and that no two share an id or a host name. Its error is a Faults with pointers that begin with the
// tenant's place in the arguments. No tenants at all is fine: every host is unknown then.
func NewRegistry(tenants ...Config) (*Registry, error) {
	if faults := validateAll(tenants); len(faults) > 0 {
		return nil, faults
	}
	r := &Registry{tenants: slices.Clone(tenants), byHost: map[string]int{}}
	slices.SortFunc(r.tenants, func(a, b Config) int { return cmp.Compare(a.ID, b.ID) })
	for i, t := range r.tenants {
		for _, h := range t.Hosts {
			r.byHost[h] = i
		}
	}
	return r, nil
}

// ByHost finds the tenant of a Host header: exact names only, in any case, with or without a port and one last dot. Anything else,
// an address or a name with user information included, is unknown; a server answers 421 then.
func (r *Registry) ByHost(host string) (Config, bool) {
	i, ok := r.byHost[hostName(host)]
	if !ok {
		return Config{}, false
	}
	return r.tenants[i], true
}

// ByID finds the tenant of an id.
func (r *Registry) ByID(id string) (Config, bool) {
	i, ok := slices.BinarySearchFunc(r.tenants, id, func(c Config, id string) int { return cmp.Compare(c.ID, id) })
	if !ok {
		return Config{}, false
	}
	return r.tenants[i], true
}

// All returns the tenants by id, in a slice of the caller's own.
func (r *Registry) All() []Config { return slices.Clone(r.tenants) }

// hostName returns the name of a Host header as Config.Hosts has it, or "" for what can't be one.
func hostName(host string) string {
	if len(host) > 260 || !isASCII(host) { // Unicode's lower case would make a k of the Kelvin sign
		return ""
	}
	name, port, hasPort := strings.Cut(host, ":")
	if hasPort && !isPort(port) {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// validateAll checks each tenant, and the names that must differ between them.
func validateAll(tenants []Config) Faults {
	var faults Faults
	ids, hosts := map[string]bool{}, map[string]bool{}
	for i, t := range tenants {
		at := fmt.Sprintf("/%d", i)
		faults = append(faults, t.faults(at)...)
		if t.ID != "" && ids[t.ID] {
			faults = append(faults, Fault{at + "/id", CodeDuplicate, "another tenant has this id"})
		}
		ids[t.ID] = true
		own := map[string]bool{}
		for j, h := range t.Hosts {
			if hosts[h] && !own[h] {
				faults = append(faults, Fault{fmt.Sprintf("%s/hosts/%d", at, j), CodeDuplicate, "another tenant has this host name"})
			}
			own[h], hosts[h] = true, true
		}
	}
	return faults
}
