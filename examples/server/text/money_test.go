package text_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/text"
)

func TestMoneyIsWrittenAsTheLanguageDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor    int64
		currency string
		sv, en   string // with ~ for the non-breaking space
	}{
		{34500, "SEK", "345~kr", "SEK~345"},
		{34550, "SEK", "345,50~kr", "SEK~345.50"},
		{34505, "SEK", "345,05~kr", "SEK~345.05"},
		{0, "SEK", "0~kr", "SEK~0"},
		{5, "SEK", "0,05~kr", "SEK~0.05"},
		{99, "SEK", "0,99~kr", "SEK~0.99"},
		{100, "SEK", "1~kr", "SEK~1"},
		{-34550, "SEK", "−345,50~kr", "−SEK~345.50"},
		{123456700, "SEK", "1~234~567~kr", "SEK~1,234,567"},
		{99999, "SEK", "999,99~kr", "SEK~999.99"},
		{100000, "SEK", "1~000~kr", "SEK~1,000"},
		{1290, "EUR", "12,90~€", "€12.90"},
		{1290, "GBP", "12,90~£", "£12.90"},
		{-1290, "GBP", "−12,90~£", "−£12.90"},
		{1290, "USD", "12,90~US$", "$12.90"},
		{1290, "NOK", "12,90~NOK", "NOK~12.90"},
		{1290, "JPY", "1~290~JPY", "¥1,290"},
		{1, "JPY", "1~JPY", "¥1"},
		{0, "JPY", "0~JPY", "¥0"},
		{12345, "BHD", "12,345~BHD", "BHD~12.345"},
		{12000, "BHD", "12~BHD", "BHD~12"},
		{5, "BHD", "0,005~BHD", "BHD~0.005"},
		{1290, "XYZ", "12,90~XYZ", "XYZ~12.90"},
		{math.MinInt64, "SEK", "−92~233~720~368~547~758,08~kr", "−SEK~92,233,720,368,547,758.08"},
	} {
		nbsp := strings.NewReplacer("~", "\u00a0")
		require.Equal(t, nbsp.Replace(c.sv), printer(t, "sv").Money(c.minor, c.currency))
		require.Equal(t, nbsp.Replace(c.en), printer(t, "en").Money(c.minor, c.currency))
	}
}

func TestExponentsAreThoseOfISO4217(t *testing.T) {
	t.Parallel()
	for currency, want := range map[string]int{"SEK": 2, "EUR": 2, "JPY": 0, "ISK": 0, "BHD": 3, "KWD": 3, "CLF": 4, "": 2} {
		require.Equal(t, want, text.Exponent(currency), currency)
	}
}

func TestNumbersHaveTheirThousandsApart(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64][2]string{
		0: {"0", "0"}, 999: {"999", "999"}, 1000: {"1\u00a0000", "1,000"}, -1234567: {"−1\u00a0234\u00a0567", "−1,234,567"},
	} {
		require.Equal(t, want, [2]string{printer(t, "sv").Number(n), printer(t, "en").Number(n)})
	}
}
