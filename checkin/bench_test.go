package checkin_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/checkin"
	"github.com/petanque-life/venuekit/checkin/checkinbun"
)

func BenchmarkIssue(b *testing.B) {
	x := newBench(b, checkinbun.SQLite)
	for b.Loop() {
		_, err := x.svc.Issue(b.Context(), x.b.Key())
		require.NoError(b, err)
	}
}

func BenchmarkScan_again(b *testing.B) {
	for _, d := range []checkinbun.Dialect{checkinbun.SQLite, checkinbun.Postgres} {
		b.Run(d.String(), func(b *testing.B) {
			x := newBench(b, d)
			token := x.token(b)
			x.scan(b, token.Packed, "n")
			for b.Loop() {
				require.Equal(b, checkin.OK, x.scan(b, token.Packed, "n").Code)
			}
		})
	}
}
