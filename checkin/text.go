package checkin

import "github.com/petanque-life/venuekit/internal/httpx"

// Text is the sentence that a host at the door reads for the verdict, in "sv"
// or "en".
func (c Code) Text(lang string) string { return codeTexts[c].In(lang) }

var codeTexts = map[Code]httpx.Text{
	OK:                   {EN: "Welcome in.", SV: "Välkommen in."},
	AlreadyCheckedIn:     {EN: "Already checked in; more of the party may come in.", SV: "Redan incheckad; fler i sällskapet får komma in."},
	TooEarly:             {EN: "Check-in isn't open yet.", SV: "Incheckningen har inte öppnat än."},
	TooLate:              {EN: "The booked time is over.", SV: "Den bokade tiden är slut."},
	WrongVenue:           {EN: "The booking is at another venue.", SV: "Bokningen gäller en annan anläggning."},
	OtherVenueUnverified: {EN: "This code is for another venue and can't be checked here.", SV: "Koden gäller en annan anläggning och kan inte kontrolleras här."},
	WrongTenant:          {EN: "This code is for another chain.", SV: "Koden gäller en annan kedja."},
	Cancelled:            {EN: "The booking was cancelled.", SV: "Bokningen är avbokad."},
	Superseded:           {EN: "The booking has been changed since this code was made.", SV: "Bokningen har ändrats sedan koden gjordes."},
	Revoked:              {EN: "This code has been withdrawn; ask for a new one.", SV: "Koden är återkallad; be om en ny."},
	UnknownKey:           {EN: "This code can't be checked yet: connect and try again.", SV: "Koden kan inte kontrolleras än: anslut och försök igen."},
	BadToken:             {EN: "This is not a valid code.", SV: "Det här är inte en giltig kod."},
	StaleDevice:          {EN: "This device has been offline too long: connect it first.", SV: "Enheten har varit frånkopplad för länge: anslut den först."},
	Provisional:          {EN: "The code is genuine, but its booking isn't confirmed here yet.", SV: "Koden är äkta, men bokningen är inte bekräftad här än."},
}
