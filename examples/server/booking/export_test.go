package booking

// Unexported parts that tests look at.
var (
	Assign    = assign
	Reference = reference
	PageQuery = pageQuery
)

// Units are the half hours that the booking owns, as resource and time.
func Units(b Booking) []string {
	var units []string
	for _, r := range slotsOf(b) {
		units = append(units, r.VenueID+" "+r.ResourceID+" "+r.SlotAt.Format("2006-01-02T15:04"))
	}
	return units
}

var slotsOf = units
