package pgtest

var (
	Find        = find
	NewestFirst = newestFirst
)
