package diag

import (
	"slices"
	"strings"
)

// Nearest returns the candidate that name was most likely meant to be, or "" when none is near enough:
// at most one edit for names up to 4 letters, two up to 8, three beyond; letter case and a swap of neighbours
// count as one edit. Among equals the alphabetically first is returned.
func Nearest(name string, candidates []string) string {
	if len(name) > maxLetters {
		return ""
	}
	limit := 1
	switch {
	case len(name) > 8:
		limit = 3
	case len(name) > 4:
		limit = 2
	}
	best, bestDist := "", limit+1
	for _, c := range candidates {
		if c == name {
			continue
		}
		d := distance(name, c, limit)
		if strings.EqualFold(name, c) {
			d = 1
		}
		// A name of one or two letters is within one edit of nearly anything.
		if len(name) <= 2 && !strings.EqualFold(name, c) {
			continue
		}
		if d < bestDist || d == bestDist && d <= limit && c < best {
			best, bestDist = c, d
		}
	}
	return best
}

// maxLetters bounds the work on a name that is no name.
const maxLetters = 200

// DidYouMean is the hint for an unknown name, "" when nothing is near.
func DidYouMean(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return "did you mean " + n + "?"
	}
	return ""
}

// distance is the optimal string alignment distance, cut off above limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var room [3 * 32]int
	rows := room[:]
	n := len(b) + 1
	if 3*n > len(rows) {
		rows = make([]int, 3*n)
	}
	prev2, prev, cur := rows[:n], rows[n:2*n], rows[2*n:3*n]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		if slices.Min(cur) > limit {
			return limit + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}
