//go:build race

package fuzzing

// slower is what the race detector costs in time, about (go.dev/doc/articles/race_detector: 2 to 20 times).
const slower = 20
