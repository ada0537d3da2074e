package text

import (
	"strconv"
	"strings"
)

// exponents are ISO 4217's minor units where they are not 2.
var exponents = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0,
	"VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// Exponent returns how many decimals the currency's minor unit is, by ISO 4217: 2 for SEK and for codes it doesn't know, 0 for JPY.
func Exponent(currency string) int {
	if e, ok := exponents[currency]; ok {
		return e
	}
	return 2
}

// Money writes an amount of minor units of an ISO 4217 currency: "345,50 kr" and "SEK 345.50". Whole amounts have no decimals.
func (p Printer) Money(minor int64, currency string) string {
	l := p.speech()
	digits, negative := magnitude(minor)
	exponent := Exponent(currency)
	if short := exponent + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	whole, fraction := digits[:len(digits)-exponent], digits[len(digits)-exponent:]
	amount := grouped(whole, l.group)
	if strings.Trim(fraction, "0") != "" {
		amount += l.decimal + fraction
	}
	symbol, known := l.symbols[currency]
	switch {
	case l.symbolLast && known:
		amount += nbsp + symbol
	case l.symbolLast:
		amount += nbsp + currency
	case known:
		amount = symbol + amount
	default:
		amount = currency + nbsp + amount
	}
	return signed(amount, negative)
}

// Number writes a whole number with its thousands apart.
func (p Printer) Number(n int64) string {
	digits, negative := magnitude(n)
	return signed(grouped(digits, p.speech().group), negative)
}

// magnitude is right for the least int64 too, which has no positive twin.
func magnitude(n int64) (digits string, negative bool) {
	return strings.TrimPrefix(strconv.FormatInt(n, 10), "-"), n < 0
}

func signed(s string, negative bool) string {
	if negative {
		return minus + s
	}
	return s
}

func grouped(digits, sep string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + sep + digits[i:]
	}
	return digits
}
