package text

const (
	nbsp  = "\u00a0"
	minus = "\u2212"
)

// language is what can't be said by a text with placeholders.
type language struct {
	tag            string
	group, decimal string
	months         [12]string // short
	monthsLong     [12]string
	weekdays       [7]string // short, from Sunday as time.Weekday counts
	weekdaysLong   [7]string
	symbols        map[string]string // of currencies; others go by their code
	symbolLast     bool              // symbol or code after the amount
}

var swedish = language{
	tag: "sv", group: nbsp, decimal: ",",
	months: [12]string{"jan", "feb", "mars", "apr", "maj", "juni", "juli", "aug", "sep", "okt", "nov", "dec"},
	monthsLong: [12]string{
		"januari", "februari", "mars", "april", "maj", "juni", "juli", "augusti", "september", "oktober", "november", "december",
	},
	weekdays:     [7]string{"sön", "mån", "tis", "ons", "tors", "fre", "lör"},
	weekdaysLong: [7]string{"söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"},
	symbols:      map[string]string{"SEK": "kr", "EUR": "€", "GBP": "£", "USD": "US$"},
	symbolLast:   true,
}

var english = language{
	tag: "en", group: ",", decimal: ".",
	months: [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	monthsLong: [12]string{
		"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
	},
	weekdays:     [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	weekdaysLong: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	symbols:      map[string]string{"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"},
}
