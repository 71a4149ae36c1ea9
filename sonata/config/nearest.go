package config

import (
	"slices"
	"strings"
)

// Nearest returns the candidate that name was most likely meant to be, "" when none is near: at most a third of the letters may be
// edited, three at most. Letter case counts nothing, a swap of neighbours counts as one edit. Among equals the first in the alphabet wins.
func Nearest(name string, candidates []string) string {
	if len(name) > maxLetters {
		return ""
	}
	limit := min(3, max(1, len(name)/3))
	best, bestDistance := "", limit+1
	lower := []rune(strings.ToLower(name))
	for _, c := range candidates {
		if c == name || c == "" {
			continue
		}
		// A word of two letters is within one edit of nearly anything.
		if len(name) <= 2 && !strings.EqualFold(name, c) {
			continue
		}
		other := []rune(strings.ToLower(c))
		if len(lower)-len(other) > limit || len(other)-len(lower) > limit {
			continue // too far, whatever stands in them
		}
		d := editDistance(lower, other)
		if d < bestDistance || d == bestDistance && d <= limit && c < best {
			best, bestDistance = c, d
		}
	}
	return best
}

// maxLetters bounds the work on a name that is no name.
const maxLetters = 200

// didYouMean is the hint for an unknown name: the nearest candidate, else all of them when they are few.
func didYouMean(name string, candidates []string) string {
	if n := Nearest(name, candidates); n != "" {
		return "did you mean " + quote(n) + "?"
	}
	if len(candidates) == 0 || len(candidates) > maxNames {
		return ""
	}
	var sorted []string
	for _, c := range candidates {
		sorted = append(sorted, clip(c))
	}
	slices.Sort(sorted)
	return "known here: " + strings.Join(slices.Compact(sorted), ", ")
}

// maxNames is how many names a hint lists.
const maxNames = 30

func quote(s string) string { return `"` + clip(s) + `"` }

// editDistance counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
func editDistance(a, b []rune) int {
	before, above := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, above[j+1]+1, above[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}
