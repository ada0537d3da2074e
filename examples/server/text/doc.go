// Package text holds every sentence of the reference server, in Swedish and in English, and writes numbers, money, days and lists as each
// language does.
//
// The sentences are data: sv.json and en.json, one line for each key, sorted by key, the same keys in both. A text may name values in
// braces, and may have two forms, of which the value called n chooses:
//
//	"booking.title": "Booking {reference}",
//	"resource.lane.count": {"one": "{n} lane", "other": "{n} lanes"},
//
// To add a text, add its line to both files; the tests say what doesn't match. Texts are plain: no HTML, which html/template escapes, and
// no opening or closing blanks.
//
//	p := text.For("sv")
//	p.T("resource.lane.count", "n", 2)          // 2 banor
//	p.Money(34550, "SEK")                       // 345,50 kr
//	p.When(booking.StartsAt, now, venue.Zone)   // i kväll kl. 18:00
//
// Nothing here reads a clock or a zone of its own: both are passed in, and a zone is never nil. Blanks inside amounts and between a number
// and its currency are non-breaking.
package text
